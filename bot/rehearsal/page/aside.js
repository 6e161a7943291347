// Below the panes: the customer's mailbox, the timeline, and the platform's switches.
import { send } from "./api.js";
import { make } from "./chat.js";
import { called, locale, text } from "./texts.js";

// Whether a list has to be drawn: remembers what was drawn last.
function same(node, data) {
  const shape = JSON.stringify(data) + locale();
  if (node.dataset.shape === shape) return true;
  node.dataset.shape = shape;
  return false;
}

export function drawMails(node, mails) {
  if (same(node, mails)) return;
  if (!mails.length) {
    node.replaceChildren(make("p", { className: "hint", textContent: text("noMail") }));
    return;
  }
  node.replaceChildren(...mails.map((mail, place) => {
    const parts = [make("summary", {}, make("b", { textContent: mail.subject }), make("small", { textContent: mail.to }))];
    if (mail.code) {
      const output = make("output", { textContent: mail.code });
      output.dataset.code = mail.code;
      parts.push(make("div", { className: "code" }, make("span", { textContent: text("code") }), output));
    }
    if (mail.html) {
      // Sandboxed without scripts: the mail is shown as a mail program would.
      const frame = make("iframe", { title: mail.subject, srcdoc: `<style>body{font:15px/1.5 "Segoe UI","Noto Sans",system-ui,sans-serif;color:#1a2233}</style>${mail.html}` });
      frame.setAttribute("sandbox", "");
      parts.push(frame);
    } else {
      parts.push(make("pre", { textContent: mail.text }));
    }
    return make("details", { className: "mail", open: place === mails.length - 1 }, ...parts);
  }).reverse());
}

// Ids of the platform say nothing to a reader; and what is only written into the state is no news.
const UNTOLD = new Set(["conversation", "call", "meeting", "chat", "organizer", "user", "person", "version", "key", "ref", "about"]);
const SILENT = new Set(["keep", "forgo"]);

function words(fields) {
  return Object.entries(fields)
    .filter(([name, value]) => !UNTOLD.has(name) && value !== null && value !== "" && String(value).length <= 60)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : value}`)
    .join(" · ");
}

function line(entry) {
  const { kind, result, ...rest } = entry.fields ?? {};
  const parts = [called(entry.name)];
  if (entry.what === "decision" && kind) parts.push(called(kind));
  if (entry.what === "outcome" && result) parts.push(called(result));
  return make("span", {}, parts.join(": "), make("small", { textContent: words(entry.what === "fact" && kind ? { kind, ...rest } : rest) }));
}

export function drawTimeline(node, timeline) {
  if (same(node, timeline)) return;
  const told = timeline.filter((entry) => !SILENT.has(entry.name));
  if (!told.length) {
    node.replaceChildren(make("li", { className: "none", textContent: text("noTimeline") }));
    return;
  }
  node.replaceChildren(...told.map((entry) => make("li", { className: entry.what },
    make("time", { dateTime: entry.at, textContent: new Date(entry.at).toLocaleTimeString(locale()) }),
    make("span", { className: "what", textContent: text(entry.what) }),
    line(entry))).reverse());
}

export function drawSwitches(node, switches, choices) {
  if (same(node, switches)) return;
  node.replaceChildren(...Object.entries(switches).map(([name, value]) => {
    const select = make("select", { onchange: () => send({ do: "switch", name, value: select.value }) },
      ...choices[name].map((one) => make("option", { value: one, textContent: text(`value ${one}`), selected: one === value })));
    return make("label", {}, make("span", { textContent: text(`switch ${name}`) }), select);
  }));
}
