// Cards, drawn by Microsoft's own renderer (npm package `adaptivecards`).
import { send } from "./api.js";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const rendererThere = () => typeof window.AdaptiveCards !== "undefined";

// The few Markdown forms Teams shows in cards: lists, bold, italic, links to web pages. Everything else is plain text.
function inline(source) {
  const safe = source.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  return safe
    .replace(/\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g, '<a href="$2" target="_blank" rel="noreferrer">$1</a>')
    .replace(/\*\*([^*]+)\*\*/g, "<b>$1</b>")
    .replace(/(^|[\s(])_([^_]+)_(?=[\s).,!?:]|$)/g, "$1<i>$2</i>");
}

function markdown(source) {
  const blocks = [];
  for (const line of source.split("\n")) {
    const item = /^[-*] (.+)$/.exec(line);
    const last = blocks[blocks.length - 1];
    if (item && last?.items) last.items.push(item[1]);
    else blocks.push(item ? { items: [item[1]] } : { line });
  }
  const draw = (block) => (block.items ? `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join("")}</ul>` : `<div>${inline(block.line)}</div>`);
  return blocks.map(draw).join("");
}

function hostConfig() {
  const ink = dark.matches ? "#e8ecf4" : "#1a2233";
  const soft = dark.matches ? "#a4afc4" : "#55607a";
  const pair = (normal, subtle = soft) => ({ default: normal, subtle });
  const tone = dark.matches
    ? { accent: "#7fb0ff", good: "#8fe0ab", warning: "#ffcf8a", attention: "#ff9dab" }
    : { accent: "#1f5fbf", good: "#166534", warning: "#8a4b00", attention: "#a3182c" };
  const foreground = { default: pair(ink), dark: pair(ink), light: pair(ink) };
  for (const [name, colour] of Object.entries(tone)) foreground[name] = pair(colour, colour);
  const style = (background) => ({ backgroundColor: background, foregroundColors: foreground, borderColor: "transparent" });
  const shade = (light, night) => style(dark.matches ? night : light);
  return {
    fontFamily: "inherit",
    supportsInteractivity: true,
    fontSizes: { small: 13, default: 15, medium: 16, large: 18, extraLarge: 21 },
    fontWeights: { lighter: 400, default: 400, bolder: 650 },
    spacing: { small: 6, default: 10, medium: 14, large: 20, extraLarge: 28, padding: 14 },
    separator: { lineThickness: 1, lineColor: dark.matches ? "#333d50" : "#d5dbe6" },
    actions: { actionsOrientation: "horizontal", actionAlignment: "left", buttonSpacing: 8, maxActions: 6 },
    containerStyles: {
      default: shade("#ffffff", "#1a202c"), emphasis: shade("#f0f4fa", "#232b3a"), accent: shade("#e3edfb", "#20344f"),
      good: shade("#e3f5e9", "#12341f"), warning: shade("#fff2dc", "#3a2a10"), attention: shade("#fde7ea", "#42161e"),
    },
    inputs: { label: { requiredInputs: { weight: "bolder" }, optionalInputs: { weight: "bolder" } } },
    factSet: { title: { weight: "bolder", wrap: true, maxWidth: 180 }, value: { wrap: true }, spacing: 12 },
  };
}

// Draws a card message for a person; buttons send what a Teams client would: verb, data and inputs.
export function drawCard(who, activity, json) {
  const frame = document.createElement("div");
  frame.className = "card";
  if (!rendererThere()) return frame;
  const { AdaptiveCard, HostConfig } = window.AdaptiveCards;
  AdaptiveCard.onProcessMarkdown = (source, result) => {
    result.outputHtml = markdown(source);
    result.didProcess = true;
  };
  const card = new AdaptiveCard();
  card.hostConfig = new HostConfig(hostConfig());
  card.onExecuteAction = async (action) => {
    if (action.url) {
      window.open(action.url, "_blank", "noopener,noreferrer");
      return;
    }
    const data = { ...action.data };
    const inputs = {};
    for (const input of card.getAllInputs()) {
      if (input.id in data) {
        inputs[input.id] = String(data[input.id] ?? "");
        delete data[input.id];
      }
    }
    frame.setAttribute("aria-busy", "true");
    await send({ do: "press", who, activity, verb: action.verb ?? data.verb ?? "", inputs, data });
    frame.removeAttribute("aria-busy");
  };
  card.parse(json);
  if (json.lang) frame.lang = json.lang;
  frame.append(card.render());
  return frame;
}

// Calls back when the colour scheme changes, so that cards can be drawn anew.
export function onScheme(callback) {
  dark.addEventListener("change", callback);
}
