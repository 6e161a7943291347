// Every word of the page, German first. A test keeps both languages complete.
import { NAMES } from "./names.js";

export const TEXTS = {
  title: ["Videoberatung – Probe", "Video consultation – rehearsal"],
  lead: ["Eine Beratung zum Ausprobieren: mit der echten App, ohne Microsoft-Konto.", "A consultation to try out: the real app, no Microsoft account."],
  skip: ["Zur Besprechung", "Skip to the meeting"],
  language: ["Sprache", "Language"],
  beginBooked: ["Neue Probe mit Termin", "New rehearsal, booked"],
  beginUnbooked: ["App zu ungeplanter Besprechung hinzufügen", "Add the app to an unbooked meeting"],
  botUp: ["App läuft", "App is running"],
  botDown: ["App nicht erreichbar", "App cannot be reached"],
  starting: ["Die Probe startet …", "The rehearsal is starting …"],
  failed: ["Die Probe konnte nicht starten:", "The rehearsal could not start:"],
  offline: ["Die Verbindung zur Probe ist unterbrochen. Läuft das Programm noch?", "The connection to the rehearsal is lost. Is the program still running?"],
  noRenderer: ["Der Karten-Renderer von Microsoft (npm-Paket „adaptivecards“) ist nicht installiert. Bitte im Projektordner „npm ci“ ausführen und die Seite neu laden.",
    "Microsoft's card renderer (npm package “adaptivecards”) is not installed. Please run “npm ci” in the project folder and reload the page."],
  customerSees: ["Das sieht der Gast", "What the guest sees"],
  advisorSees: ["Das sieht die Beratung", "What the advisor sees"],
  whosePhone: ["Gerät von", "Device of"],
  customer: ["Kundin", "Customer"],
  guest: ["zweiter Gast", "second guest"],
  advisor: ["Beraterin", "Advisor"],
  meetingChat: ["Besprechungschat", "Meeting chat"],
  personalChat: ["Chat mit der App – nur für die Beratung", "Chat with the app – for the advisor only"],
  personalHint: ["Was hier steht, kann der Gast nicht lesen.", "The guest cannot read what is written here."],
  emptyOut: ["Nicht in der Besprechung. Treten Sie bei, um den Chat zu lesen.", "Not in the meeting. Join to read the chat."],
  emptyIn: ["Noch keine Nachrichten.", "No messages yet."],
  write: ["Nachricht schreiben", "Write a message"],
  send: ["Senden", "Send"],
  join: ["Beitreten", "Join"],
  leave: ["Verlassen", "Leave"],
  rejoin: ["Erneut beitreten", "Join again"],
  edit: ["Bearbeiten", "Edit"],
  save: ["Speichern", "Save"],
  cancel: ["Abbrechen", "Cancel"],
  remove: ["Löschen", "Delete"],
  undo: ["Wiederherstellen", "Restore"],
  edited: ["bearbeitet", "edited"],
  deletedNote: ["Diese Nachricht wurde gelöscht.", "This message was deleted."],
  hiddenNote: ["Diese Nachricht ist gesperrt.", "This message is blocked."],
  hiddenOwn: ["gesperrt: nur Sie sehen sie noch", "blocked: only you still see it"],
  you: ["Sie", "You"],
  app: ["Videoberatung (App)", "Video consultation (app)"],
  recordingStart: ["Aufzeichnung starten", "Start recording"],
  recordingStop: ["Aufzeichnung stoppen", "Stop recording"],
  transcriptStart: ["Transkript starten", "Start transcript"],
  transcriptStop: ["Transkript stoppen", "Stop transcript"],
  endMeeting: ["Besprechung beenden", "End the meeting"],
  recordingOn: ["Diese Besprechung wird aufgezeichnet.", "This meeting is being recorded."],
  transcriptOn: ["Diese Besprechung wird transkribiert.", "This meeting is being transcribed."],
  "event membersJoined": ["{names} ist beigetreten.", "{names} joined."],
  "event membersLeft": ["{names} hat die Besprechung verlassen.", "{names} left the meeting."],
  "event callStarted": ["Die Besprechung hat begonnen.", "The meeting started."],
  "event callEnded": ["Die Besprechung ist beendet.", "The meeting ended."],
  "event callRecording": ["Aufzeichnung gestartet.", "Recording started."],
  "event callRecording success": ["Aufzeichnung beendet.", "Recording ended."],
  "event callTranscript": ["Transkript gestartet oder beendet.", "Transcript started or ended."],
  "event teamsAppInstalled": ["Die App „Videoberatung“ wurde hinzugefügt.", "The app “Videoberatung” was added."],
  "event teamsAppRemoved": ["Die App „Videoberatung“ wurde entfernt.", "The app “Videoberatung” was removed."],
  "event meetingPolicyUpdated": ["Die Einstellungen der Besprechung wurden geändert.", "The meeting's settings were changed."],
  "event other": ["Hinweis von Teams.", "A note from Teams."],
  mailbox: ["Postfach der Kundin", "The customer's mailbox"],
  noMail: ["Noch keine E-Mail.", "No mail yet."],
  code: ["Einmalcode", "One-time code"],
  timeline: ["Verlauf", "Timeline"],
  timelineHint: ["Tatsachen, Entscheidungen und Ergebnisse – nie der Text einer Nachricht.", "Facts, decisions and outcomes – never the text of a message."],
  noTimeline: ["Noch nichts geschehen.", "Nothing has happened yet."],
  fact: ["Tatsache", "Fact"],
  decision: ["Entscheidung", "Decision"],
  outcome: ["Ergebnis", "Outcome"],
  platform: ["Verhalten der Plattform", "Behaviour of the platform"],
  platformHint: ["Was Microsoft nicht verbindlich zusagt, lässt sich hier in beide Richtungen proben.", "What Microsoft does not firmly promise can be rehearsed both ways here."],
  crash: ["App abstürzen lassen und neu starten", "Crash the app and start it again"],
  "result ok": ["Erledigt.", "Done."],
  "result refused by platform": ["Teams lässt das nicht zu.", "Teams does not allow this."],
  "result refused by bot": ["Die App hat das abgelehnt.", "The app refused this."],
  "result not shown": ["Das wird gerade nicht angezeigt.", "This is not shown at the moment."],
  "result not available": ["Das ist noch nicht verfügbar.", "This is not available yet."],
  error: ["Das hat nicht geklappt:", "This did not work:"],
  "switch hide_guest_messages": ["Nachrichten von Gästen sperren", "Hide guests' messages"],
  "switch hide_tenant_messages": ["Nachrichten von Beschäftigten sperren", "Hide staff's messages"],
  "switch guest_messages": ["Nachrichten von Gästen an die App", "Guests' messages to the app"],
  "switch edit_events": ["Bearbeitungen an die App", "Edits to the app"],
  "switch delete_events": ["Löschungen an die App", "Deletions to the app"],
  "switch participant_events": ["Kommen und Gehen an die App", "Joins and leaves to the app"],
  "switch targeted_messages": ["Gezielte Nachrichten", "Targeted messages"],
  "switch guest_cards": ["Gäste dürfen Karten bedienen", "Guests may press cards"],
  "switch stop_recording": ["Aufzeichnung abschalten", "Switching recording off"],
  "switch chat_deletion": ["Chat löschen", "Deleting the chat"],
  "value allow": ["erlaubt", "allowed"],
  "value refuse": ["verweigert", "refused"],
  "value throttle": ["gebremst", "throttled"],
  "value deliver": ["zugestellt", "delivered"],
  "value drop": ["nicht zugestellt", "not delivered"],
  "value on": ["ein", "on"],
  "value off": ["aus", "off"],
  "value ends": ["beendet sie", "ends it"],
  "value continues": ["sie läuft weiter", "it goes on"],
};

let column = 0;

export function called(name) {
  return NAMES[name] ? NAMES[name][column] : name;
}

export function setLanguage(language) {
  column = language === "en" ? 1 : 0;
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
  for (const node of document.querySelectorAll("[data-language]")) {
    node.setAttribute("aria-pressed", String(node.dataset.language === language));
  }
  for (const node of document.querySelectorAll("[data-hint]")) node.placeholder = text(node.dataset.hint);
  document.title = text("title");
}

// The words for a key in the chosen language; a key without words is shown as it is (a name from the program).
export function text(key) {
  return TEXTS[key] ? TEXTS[key][column] : key;
}

export function locale() {
  return column ? "en-GB" : "de-DE";
}

// What Teams writes for a system message of the chat.
export function systemLine(message) {
  const event = `event ${(message.event ?? "").replace(/EventMessageDetail$/, "")}`;
  const finished = message.detail?.callRecordingStatus === "success" ? " success" : "";
  const names = (message.detail?.members ?? []).map((member) => member.displayName).join(", ");
  return text(TEXTS[event] ? event + finished : "event other").replace("{names}", names || "…");
}
