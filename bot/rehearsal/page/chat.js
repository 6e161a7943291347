// A chat log: one list item a message, replaced only when it changed, so that what is being typed stays.
import { send } from "./api.js";
import { drawCard } from "./cards.js";
import { systemLine, text } from "./texts.js";

export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function button(label, onclick, className = "quiet") {
  return make("button", { type: "button", className, textContent: label, onclick });
}

function editor(who, message, item) {
  const area = make("textarea", { value: message.text, rows: 3 });
  area.setAttribute("aria-label", text("edit"));
  const close = () => delete item.dataset.editing;
  const save = async () => {
    if (!area.value.trim()) return;
    close();
    item.dataset.shape = "";
    await send({ do: "edit", who, message: message.id, text: area.value });
    redraw(item, who, item.message);
  };
  const cancel = () => {
    close();
    redraw(item, who, item.message);
  };
  item.dataset.editing = "yes";
  area.onkeydown = (event) => event.key === "Escape" && cancel();
  item.replaceChildren(make("div", { className: "edit" }, area,
    make("div", { className: "own-tools" }, button(text("cancel"), cancel), button(text("save"), save, "primary"))));
  area.focus();
}

function tools(who, message, item) {
  const row = make("div", { className: "own-tools" });
  if (message.deleted) {
    row.append(button(text("undo"), () => send({ do: "undelete", who, message: message.id })));
  } else {
    row.append(button(text("edit"), () => editor(who, message, item)),
      button(text("remove"), () => send({ do: "delete", who, message: message.id })));
  }
  return row;
}

function bubble(message) {
  if (message.deleted) return make("div", { className: "bubble", textContent: text("deletedNote") });
  if (message.hidden && !message.own) return make("div", { className: "bubble", textContent: text("hiddenNote") });
  return make("div", { className: "bubble", textContent: message.text ?? "" });
}

function redraw(item, who, message) {
  const system = message.by === "system";
  const bot = message.by === "bot";
  const marks = [];
  if (message.edited && !message.deleted) marks.push(text("edited"));
  if (message.hidden && message.own) marks.push(text("hiddenOwn"));
  const gone = message.deleted || (message.hidden && !message.own);
  item.className = ["msg", message.own && "own", bot && "bot", system && "system", gone && "gone"].filter(Boolean).join(" ");
  if (system) {
    item.replaceChildren(make("span", { textContent: systemLine(message) }));
    return;
  }
  const name = bot ? text("app") : message.own ? text("you") : message.author;
  const head = make("div", { className: "who" }, make("b", { textContent: name }), ...marks.map((m) => make("span", { textContent: m })));
  const body = message.card && !message.deleted ? drawCard(who, message.id, message.card) : bubble(message);
  item.replaceChildren(head, body);
  if (message.own && message.by === "person") item.append(tools(who, message, item));
}

// Brings a log up to date with the messages a person sees now.
export function drawLog(log, who, messages, empty, force) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  log.dataset.empty = empty;
  const old = new Map([...log.children].map((item) => [item.dataset.id, item]));
  let added = false;
  messages.forEach((message, place) => {
    const id = `${who} ${message.id}`;
    let item = old.get(id);
    if (!item) {
      item = make("li");
      item.dataset.id = id;
      added = true;
    }
    old.delete(id);
    const shape = JSON.stringify(message);
    item.message = message;
    if ((item.dataset.shape !== shape || force) && !item.dataset.editing) {
      redraw(item, who, message);
      item.dataset.shape = shape;
      added = true;
    }
    if (log.children[place] !== item) log.insertBefore(item, log.children[place] ?? null);
  });
  for (const item of old.values()) item.remove();
  if (added && atEnd) log.scrollTop = log.scrollHeight;
}
