// The page: two people's views of one meeting, kept up to date by the rehearsal.
import { listen, send, toast } from "./api.js";
import { onScheme, rendererThere } from "./cards.js";
import { button, drawLog, make } from "./chat.js";
import { drawMails, drawSwitches, drawTimeline } from "./aside.js";
import { setLanguage, text } from "./texts.js";

let state = null;
let language = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "de";
let phoneOwner = "erika";
const by = (id) => document.getElementById(id);
const person = (who) => state.people.find((one) => one.who === who);

function notice(message) {
  const node = by("notice");
  node.hidden = !message;
  if (node.textContent !== message) node.textContent = message;
}

// Replaces a row of buttons only when it changes, so that focus stays where it is.
function drawButtons(row, wanted) {
  const shape = JSON.stringify(wanted.map(([label, command]) => [label, command]));
  if (row.dataset.shape === shape) return;
  row.dataset.shape = shape;
  const place = [...row.children].indexOf(document.activeElement);
  row.replaceChildren(...wanted.map(([label, command, className]) => button(label, () => send(command), className)));
  // Whoever pressed "Join" by keyboard goes on at "Leave", not at the top of the page.
  if (place >= 0) row.children[Math.min(place, row.children.length - 1)]?.focus();
}

function presence(who) {
  const { present, known } = person(who);
  if (present) return [[text("leave"), { do: "leave", who }]];
  return [known ? [text("rejoin"), { do: "rejoin", who }, "primary"] : [text("join"), { do: "join", who }, "primary"]];
}

function drawPane(pane, who, force) {
  const { view, present } = person(who);
  drawButtons(pane.querySelector("[data-presence]"), presence(who));
  const banner = pane.querySelector("[data-banner]");
  const running = ["recording", "transcript"].filter((kind) => present && state.recording[kind]);
  banner.classList.toggle("on", running.length > 0);
  const words = running.map((kind) => text(`${kind}On`)).join(" ");
  if (banner.textContent !== words) banner.textContent = words;
  for (const log of pane.querySelectorAll("[data-log]")) {
    const messages = log.dataset.log === "personal" ? view.personal : view.messages;
    drawLog(log, who, messages, text(present ? "emptyIn" : "emptyOut"), force);
    log.setAttribute("aria-label", text(`${log.dataset.log}Chat`));
  }
  const form = pane.querySelector("[data-composer]");
  for (const control of form.elements) control.disabled = !present;
}

function draw(force = false) {
  if (!state) return;
  const starting = state.starting === true;
  const up = !starting && state.bot;
  const running = text(up ? "botUp" : "botDown");
  if (by("bot-state").textContent !== running) by("bot-state").textContent = running;
  by("bot-state").classList.toggle("up", up);
  by("stage").inert = starting;
  if (starting) notice(state.failure ? `${text("failed")} ${state.failure}` : text("starting"));
  else notice(rendererThere() ? "" : text("noRenderer"));
  if (starting) return;
  const name = (who) => `${person(who).name} (${text(person(who).as)})`;
  by("phone-title").textContent = name(phoneOwner);
  by("desktop-title").textContent = name("petra");
  const chooser = by("phone-who");
  const options = ["erika", "max"].map((who) => make("option", { value: who, textContent: name(who), selected: who === phoneOwner }));
  if (chooser.textContent !== options.map((one) => one.textContent).join("")) chooser.replaceChildren(...options); // an open list stays open
  drawPane(document.querySelector("[data-pane=customer]"), phoneOwner, force);
  drawPane(document.querySelector("[data-pane=advisor]"), "petra", force);
  const record = (kind) => {
    const event = state.recording[kind] ? "stop" : "start";
    return [text(kind + (event === "start" ? "Start" : "Stop")), { do: "record", event, kind }];
  };
  drawButtons(document.querySelector("[data-recording]"), person("petra").present
    ? [record("recording"), record("transcript"), [text("endMeeting"), { do: "end" }]] : []);
  drawMails(by("mails"), state.mails);
  drawTimeline(by("timeline"), state.timeline);
  drawSwitches(by("switches"), state.switches, state.choices);
}

function choose(chosen) {
  language = chosen;
  setLanguage(language);
  for (const cached of document.querySelectorAll("[data-shape]")) cached.dataset.shape = "";
  draw(true);
}

for (const form of document.querySelectorAll("[data-composer]")) {
  const area = form.querySelector("textarea");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const said = area.value;
    if (!said.trim()) return;
    area.value = "";
    const who = form.closest("[data-pane]").dataset.pane === "advisor" ? "petra" : phoneOwner;
    const result = await send({ do: "say", who, text: said });
    if (result !== "ok" && !area.value) area.value = said;
  };
  area.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  };
}
for (const node of document.querySelectorAll("[data-language]")) node.onclick = () => choose(node.dataset.language);
for (const node of document.querySelectorAll("[data-do]")) {
  node.onclick = async () => {
    node.disabled = true;
    const booked = node.dataset.booked;
    const command = booked ? { do: "begin", booked: booked === "true", language } : { do: node.dataset.do };
    if ((await send(command)) === "ok") toast(text("result ok"));
    node.disabled = false;
  };
}
by("phone-who").onchange = (event) => {
  phoneOwner = event.target.value;
  draw();
};
onScheme(() => draw(true));
choose(language);
listen((fresh) => {
  state = fresh;
  draw();
}, () => notice(text("offline")));
