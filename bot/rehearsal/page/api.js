// Commands to the rehearsal and the live state from it.
import { text } from "./texts.js";

let fading;

export function toast(message) {
  const node = document.getElementById("toast");
  node.textContent = message;
  node.classList.add("on");
  clearTimeout(fading);
  fading = setTimeout(() => node.classList.remove("on"), 4000);
}

// Sends a command; resolves to the result word. Anything but "ok" is said to the person.
export async function send(command) {
  let answer;
  try {
    const response = await fetch("/api/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(command),
    });
    answer = await response.json();
  } catch {
    answer = { error: text("offline") };
  }
  if (answer.error) toast(`${text("error")} ${answer.error}`);
  else if (answer.result !== "ok") toast(text(`result ${answer.result}`));
  return answer.result;
}

// Calls back with every new state; `onLost` when the connection is gone (it is tried again by the browser).
export function listen(onState, onLost) {
  const source = new EventSource("/api/events");
  source.onmessage = (event) => onState(JSON.parse(event.data));
  source.onerror = onLost;
}
