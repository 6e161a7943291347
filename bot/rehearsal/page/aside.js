// Below the panes: the customer's mailbox, the timeline, and the platform's switches.
import { send } from "./api.js";
import { make } from "./chat.js";
import { locale, text } from "./texts.js";

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
      const frame = make("iframe", { title: mail.subject, srcdoc: mail.html });
      frame.setAttribute("sandbox", "");
      parts.push(frame);
    } else {
      parts.push(make("pre", { textContent: mail.text }));
    }
    return make("details", { className: "mail", open: place === mails.length - 1 }, ...parts);
  }).reverse());
}

function words(fields) {
  return Object.entries(fields ?? {})
    .filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length))
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(" · ");
}

export function drawTimeline(node, timeline) {
  if (same(node, timeline)) return;
  if (!timeline.length) {
    node.replaceChildren(make("li", { textContent: text("noTimeline") }));
    return;
  }
  node.replaceChildren(...timeline.map((entry) => {
    const when = new Date(entry.at);
    return make("li", { className: entry.what },
      make("time", { dateTime: entry.at, textContent: when.toLocaleTimeString(locale()) }),
      make("span", { className: "what", textContent: text(entry.what) }),
      make("span", {}, text(entry.name), make("small", { textContent: words(entry.fields) })));
  }).reverse());
}

export function drawSwitches(node, switches, choices) {
  if (same(node, switches)) return;
  node.replaceChildren(...Object.entries(switches).map(([name, value]) => {
    const select = make("select", { onchange: () => send({ do: "switch", name, value: select.value }) },
      ...choices[name].map((one) => make("option", { value: one, textContent: text(`value ${one}`), selected: one === value })));
    return make("label", {}, make("span", { textContent: text(`switch ${name}`) }), select);
  }));
}
