// The page of the sandbox: a phone per person, the clock, and the bot's calls. It only shows what /sim tells and passes
// on what people do. Texts become DOM nodes from text + entities; nothing that came from a chat is ever parsed as HTML.

const $ = (selector, root = document) => root.querySelector(selector);
const words = await (await fetch("words.json")).json();
let ours = localStorage.getItem("language") || "nl";
let people = [];
let clock = { now: new Date().toISOString(), mode: "real", seen: Date.now() };
const panes = [];
const narrow = matchMedia("(max-width: 899px)");

function word(name, fields = {}) {
  return words[ours][name].replace(/\{(\w+)\}/g, (_, field) => fields[field] ?? "");
}

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

async function sim(name, given) {
  const request = given && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) };
  let response;
  try {
    response = await fetch(`/sim/${name}`, request);
  } catch {
    trouble(word("offline"));
    throw new Error("offline");
  }
  const answer = await response.json();
  if (!response.ok) {
    trouble(word("failed", { text: answer.error }));
    throw new Error(answer.error);
  }
  return answer;
}

let troubleEnds;
function trouble(text) {
  const box = $(".trouble");
  box.textContent = text;
  box.hidden = !text;
  clearTimeout(troubleEnds);
  if (text) troubleEnds = setTimeout(() => trouble(""), 6000);
}

// Words and time ------------------------------------------------------------------------------------------------

function relabel(root = document) {
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.dataset.label));
    node.title = word(node.dataset.label);
  }
}

function written(moment, style) {
  return new Intl.DateTimeFormat({ nl: "nl-NL", en: "en-GB" }[ours], { timeZone: "Europe/Amsterdam", ...style }).format(new Date(moment));
}

const DAY = { weekday: "long", day: "numeric", month: "long" };
const TIME = { hour: "2-digit", minute: "2-digit" };

function showClock() {
  const now = Date.parse(clock.now) + (clock.mode === "real" ? Date.now() - clock.seen : 0);
  const node = $(".clock time");
  const text = `${written(now, { ...DAY, year: "numeric" })}, ${written(now, TIME)}`;
  if (node.textContent !== text) node.textContent = text;
  node.dateTime = new Date(now).toISOString();
  $(".clock .still").hidden = clock.mode !== "still";
}

async function readClock() {
  clock = { ...(await sim("clock")), seen: Date.now() };
  showClock();
}

// A message -----------------------------------------------------------------------------------------------------

function safe(url) {
  return /^(https?|tg):\/\//i.test(url) ? url : null;
}

function wrap(entity, text, pane) {
  const simple = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre" };
  if (simple[entity.type]) return element(simple[entity.type]);
  switch (entity.type) {
    case "bot_command":
      return element("button", { type: "button", class: "command", onclick: () => pane.say(text) });
    case "url":
    case "text_link": {
      const url = safe(entity.type === "url" ? text : entity.url);
      return url ? element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }) : element("span");
    }
    case "spoiler": {
      const shown = element("button", { type: "button", class: "spoiler", "aria-label": word("spoiler") });
      shown.addEventListener("click", () => { shown.classList.add("open"); shown.removeAttribute("aria-label"); });
      return shown;
    }
    case "blockquote":
      return element("blockquote");
    case "expandable_blockquote":
      return element("blockquote", { class: "folded" });
  }
  return element("span");
}

// Entities are counted in UTF-16 units, as JavaScript's strings are, and come sorted with the outer ones first.
function fill(node, text, start, end, entities, pane) {
  let at = start;
  while (entities.length && entities[0].offset < end) {
    const entity = entities.shift();
    const stop = Math.min(entity.offset + entity.length, end);
    if (entity.offset < at) continue;
    node.append(text.slice(at, entity.offset));
    const inner = [];
    while (entities.length && entities[0].offset < stop) inner.push(entities.shift());
    const child = wrap(entity, text.slice(entity.offset, stop), pane);
    fill(child, text, entity.offset, stop, inner, pane);
    node.append(child);
    at = stop;
  }
  node.append(text.slice(at, end));
}

function unfold(quote) {
  const more = element("button", { type: "button", class: "unfold", "aria-expanded": "false" }, word("more"));
  more.addEventListener("click", () => {
    const folded = quote.classList.toggle("folded");
    more.textContent = word(folded ? "more" : "less");
    more.setAttribute("aria-expanded", String(!folded));
  });
  quote.after(more);
}

function attachment(file) {
  const address = `/sim/content/${file.id}`;
  const label = file.name || word(file.kind);
  if (file.kind === "photo" && /^image\/(jpeg|png|gif|webp)$/.test(file.mime)) {
    const picture = element("img", { src: address, alt: label, loading: "lazy" });
    picture.addEventListener("error", () => picture.replaceWith(element("span", { class: "file" }, word("photo"))));
    return picture;
  }
  if (file.kind === "voice" || file.kind === "audio") return element("audio", { src: address, controls: true, "aria-label": label });
  if (file.kind === "video") return element("video", { src: address, controls: true, "aria-label": label });
  const size = file.size < 1 << 20 ? `${Math.max(1, Math.round(file.size / 1024))} KB` : `${(file.size / (1 << 20)).toFixed(1)} MB`;
  return element("a", { class: "file", href: address, download: label },
    element("span", { class: "sheet", "aria-hidden": "true" }, (label.split(".").pop() || "?").slice(0, 4)),
    element("span", {}, label, element("small", {}, size)));
}

function bubble(message, pane) {
  const mine = message.from === "person";
  const body = element("div", { class: "bubble", dir: "auto" });
  if (message.reply_to) {
    body.append(element("p", { class: "quoted", dir: "auto" }, message.reply_to.text.slice(0, 90) || "…"));
  }
  if (message.file) body.append(attachment(message.file));
  if (message.text) {
    const text = element("div", { class: "text", dir: "auto" });
    fill(text, message.text, 0, message.text.length, message.entities.map((entity) => ({ ...entity })), pane);
    body.append(text);
    text.querySelectorAll("blockquote.folded").forEach(unfold);
  }
  const foot = element("p", { class: "foot" });
  if (message.protected) foot.append(element("span", { class: "lock", title: word("protected"), role: "img", "aria-label": word("protected") }));
  if (message.edited) foot.append(element("span", {}, word("edited")));
  foot.append(element("time", { datetime: message.date }, written(message.date, TIME)));
  for (const [purpose, sign] of [["reply", "↩"], ...(mine && !message.file ? [["edit", "✎"]] : [])]) {
    foot.append(element("button", { type: "button", class: "quiet act", title: word(purpose), "aria-label": word(purpose),
      onclick: () => pane.about(purpose, message) }, sign));
  }
  body.append(foot);
  const row = element("div", { class: `message ${mine ? "mine" : "theirs"}`, "data-id": message.id },
    element("span", { class: "unseen" }, `${message.name}: `), body);
  if (message.keyboard.length) {
    row.append(element("div", { class: "keyboard" }, ...message.keyboard.map((line) =>
      element("div", {}, ...line.map((button) => pressable(button, message, pane))))));
  }
  return row;
}

function pressable(button, message, pane) {
  const style = `key ${button.style || ""}`;
  if (button.url) {
    return element("a", { class: style, href: safe(button.url), target: "_blank", rel: "noopener noreferrer", dir: "auto" }, button.text);
  }
  if (button.copy) {
    return element("button", { type: "button", class: `${style} copies`, dir: "auto", title: word("copy", { text: button.copy }),
      onclick: async () => {
        await navigator.clipboard.writeText(button.copy);
        pane.toast(word("copied", { text: button.copy }));
      } }, button.text);
  }
  const node = element("button", { type: "button", class: style, dir: "auto" }, button.text);
  node.addEventListener("click", async () => {
    node.classList.add("waiting");
    setTimeout(() => node.classList.remove("waiting"), 8000);
    await sim("tap", { person: pane.id, data: button.data, message: message.id });
  });
  return node;
}

// A phone -------------------------------------------------------------------------------------------------------

class Pane {
  constructor(index, id) {
    this.index = index;
    this.id = id;
    this.node = $("#pane").content.firstElementChild.cloneNode(true);
    this.node.id = `pane-${index}`;
    this.log = $(".log", this.node);
    this.field = $("textarea", this.node);
    this.log.addEventListener("load", () => { if (this.atEnd) this.toEnd(); }, true); // a picture grew
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.log);
    this.log.addEventListener("scroll", () => {
      if (this.log.clientHeight) this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    });
    this.atEnd = true;
    this.shown = new Map();
    this.context = null;
    this.tab = element("button", { type: "button", role: "tab", id: `tab-${index}`, "aria-controls": this.node.id,
      onclick: () => choose(index), onkeydown: (event) => step(event, index) });
    $(".compose", this.node).addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === "Escape") this.about(null);
    });
    this.field.addEventListener("input", () => this.grow());
    $(".attach input", this.node).addEventListener("change", (event) => this.attach(event.target));
    $(".about button", this.node).addEventListener("click", () => this.about(null));
    $(".commands", this.node).addEventListener("click", () => this.menu());
    $(".block", this.node).addEventListener("click", () => sim("block", { person: this.id }));
    $(".gate button", this.node).addEventListener("click", () =>
      this.person.blocked ? sim("unblock", { person: this.id }) : this.say("/start"));
    $(".who", this.node).addEventListener("change", (event) => { this.become(Number(event.target.value)); });
    $(".language", this.node).addEventListener("change", (event) =>
      sim("person", { id: this.id, name: this.person.name, language: event.target.value || null }));
  }

  get person() {
    return people.find((person) => person.id === this.id);
  }

  become(id) {
    this.id = id;
    this.shown.clear();
    this.log.replaceChildren();
    this.about(null);
    this.menu(false);
    draw();
    this.read();
  }

  draw() {
    const { name, language, blocked, started } = this.person;
    relabel(this.node);
    this.tab.textContent = name;
    this.node.setAttribute("aria-label", name);
    $("h2", this.node).textContent = name;
    $(".face", this.node).textContent = name.slice(0, 1);
    $(".face", this.node).dataset.tint = this.index % 4;
    const who = $(".who", this.node);
    who.replaceChildren(...people.map((person) => element("option", { value: person.id, selected: person.id === this.id }, person.name)));
    who.setAttribute("aria-label", word("person"));
    $(".language", this.node).value = ["nl", "en"].includes(language) ? language : "";
    $(".block", this.node).textContent = word("block");
    $(".block", this.node).hidden = blocked || !started;
    this.log.setAttribute("aria-label", word("conversation", { name }));
    this.log.lang = language || ours;
    this.field.setAttribute("aria-label", word("write", { name }));
    this.field.placeholder = word("message");
    $(".gate", this.node).hidden = started && !blocked;
    $(".gate span", this.node).textContent = blocked ? word("blocked", { name }) : word("nothing", { name });
    $(".gate button", this.node).textContent = word(blocked ? "unblock" : "start");
    $(".compose", this.node).hidden = !started || blocked;
    this.doing();
  }

  // Only what changed is touched, so that a screen reader hears new messages and not all of them again.
  async read() {
    const id = this.id;
    const { messages } = await sim(`chat/${id}`);
    if (id !== this.id) return;
    const follow = this.atEnd;
    const kept = new Set();
    let day = "", last = null;
    for (const message of messages) {
      const today = written(message.date, DAY);
      if (today !== day) {
        day = today;
        last = this.place(`day ${today}`, today, last, () => element("p", { class: "day" }, element("span", {}, today)), kept);
      }
      last = this.place(message.id, JSON.stringify([message, ours]), last, () => bubble(message, this), kept);
    }
    for (const [key, { node }] of this.shown) {
      if (!kept.has(key)) { node.remove(); this.shown.delete(key); }
    }
    if (follow) this.toEnd();
    const newest = messages.at(-1);
    if (newest && newest.from === "bot" && this.newest !== undefined && newest.id > this.newest && this.node.hidden) {
      this.tab.dataset.news = word("new");
    }
    this.newest = newest ? newest.id : 0;
    this.doing();
  }

  place(key, state, after, make, kept) {
    kept.add(key);
    const known = this.shown.get(key);
    if (known && known.state === state) return known.node;
    const node = make();
    if (known) {
      const focused = known.node.contains(document.activeElement);
      known.node.replaceWith(node);
      if (focused) this.log.focus({ preventScroll: true });
    } else if (after) after.after(node);
    else this.log.prepend(node);
    this.shown.set(key, { node, state });
    return node;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.atEnd = true;
  }

  doing(action) {
    $(".doing", this.node).textContent = word(action ? "typing" : "bot");
    clearTimeout(this.ends);
    if (action) this.ends = setTimeout(() => this.doing(), 5000);
  }

  toast(text) {
    const box = $(".toast", this.node);
    box.textContent = text;
    box.classList.toggle("up", Boolean(text));
    clearTimeout(this.toastEnds);
    if (text) this.toastEnds = setTimeout(() => this.toast(""), 4000);
  }

  answered({ text, alert }) {
    for (const node of this.node.querySelectorAll(".waiting")) node.classList.remove("waiting");
    if (text && alert) {
      $(".alert p").textContent = text;
      $(".alert").showModal();
    } else if (text) this.toast(text);
  }

  about(purpose, message) {
    this.context = purpose && { purpose, message };
    const box = $(".about", this.node);
    box.hidden = !purpose;
    if (!purpose) return;
    $("span", box).textContent = word(purpose === "edit" ? "editing" : "reply_to", { text: message.text.slice(0, 80) || word(message.file?.kind || "document") });
    if (purpose === "edit") { this.field.value = message.text; this.grow(); }
    this.field.focus();
  }

  menu(open = $(".menu", this.node).hidden) {
    const box = $(".menu", this.node);
    box.hidden = !open;
    $(".commands", this.node).setAttribute("aria-expanded", String(open));
    const { commands } = this.person;
    box.replaceChildren(...commands.map(({ command, description }) => element("button", {
      type: "button", onclick: () => { this.menu(false); this.say(`/${command}`); } },
      element("b", {}, `/${command}`), element("span", { dir: "auto" }, description))));
    if (!commands.length) box.append(element("p", {}, word("no_commands")));
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 140)}px`;
  }

  async submit() {
    const text = this.field.value.trim();
    if (!text) return;
    const context = this.context;
    this.field.value = "";
    this.grow();
    this.about(null);
    if (context?.purpose === "edit") await sim("edit", { person: this.id, message: context.message.id, text });
    else await this.say(text, context?.message.id);
  }

  async say(text, reply_to = null) {
    this.toEnd();
    await sim("say", { person: this.id, text, reply_to });
  }

  async attach(input) {
    const files = [...input.files];
    input.value = "";
    const album = files.length > 1 ? String(Date.now()) : "";
    const caption = this.field.value.trim();
    if (files.some((file) => file.size > 20 << 20)) { trouble(word("too_big")); return; }
    this.field.value = "";
    for (const [index, file] of files.entries()) {
      const kind = file.type.startsWith("image/") ? "photo" : file.type.startsWith("video/") ? "video" : file.type.startsWith("audio/") ? "voice" : "document";
      const content_b64 = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
        reader.readAsDataURL(file);
      });
      await sim("file", { person: this.id, kind, name: file.name, mime: file.type, caption: index ? "" : caption, album, content_b64 });
    }
    this.about(null);
  }
}

// The whole page ------------------------------------------------------------------------------------------------

let active = 0;

function choose(index) {
  active = index;
  for (const pane of panes) {
    const here = pane.index === index;
    pane.node.hidden = narrow.matches && !here;
    pane.tab.setAttribute("aria-selected", String(here));
    pane.tab.tabIndex = here ? 0 : -1;
    if (here) delete pane.tab.dataset.news;
    for (const [name, value] of [["role", "tabpanel"], ["aria-labelledby", pane.tab.id]]) {
      if (narrow.matches) pane.node.setAttribute(name, value);
      else pane.node.removeAttribute(name);
    }
  }
}

function step(event, index) {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  const next = (index + move + panes.length) % panes.length;
  choose(next);
  panes[next].tab.focus();
}

function draw() {
  document.documentElement.lang = ours;
  document.title = word("title");
  relabel();
  for (const pane of panes) pane.draw();
  const main = $("main");
  if (!people.length && !$(".nobody")) {
    const name = element("input", { required: true, maxlength: 64, "aria-label": word("add_name"), placeholder: word("add_name") });
    main.append(element("form", { class: "nobody", onsubmit: (event) => {
      event.preventDefault();
      sim("person", { name: name.value, language: ours });
    } }, element("p", {}, word("nobody")), name, element("button", {}, word("add"))));
  }
  if (people.length) $(".nobody")?.remove();
  choose(Math.min(active, Math.max(panes.length - 1, 0)));
}

async function readPeople() {
  people = (await sim("persons")).persons;
  while (panes.length < Math.min(3, people.length)) {
    const free = people.find((person) => !panes.some((pane) => pane.id === person.id));
    const pane = new Pane(panes.length, free.id);
    panes.push(pane);
    $("main").append(pane.node);
    $(".tabs").append(pane.tab);
    pane.read();
  }
  draw();
}

let seenCalls = -40; // counted from the end the first time
async function readCalls() {
  const list = $(".network ol");
  const { calls } = await sim(`log?after=${seenCalls}`);
  for (const call of calls) {
    seenCalls = call.n;
    list.prepend(element("li", { value: call.n },
      element("details", {},
        element("summary", {}, element("code", {}, call.method), " ",
          element("span", { class: call.ok ? "fine" : "wrong" }, call.status ? String(call.status) : "✕"), " ",
          element("span", { class: "gist", dir: "auto" }, gist(call))),
        element("pre", {}, JSON.stringify(call.params, null, 1)),
        element("pre", {}, JSON.stringify(call.result, null, 1)))));
  }
  while (list.children.length > 40) list.lastElementChild.remove();
}

function happened(update) {
  const [kind, what] = Object.entries(update).find(([name]) => name !== "update_id") ?? ["?", {}];
  const said = what?.text ?? what?.caption ?? what?.data ?? kind;
  return [what?.from?.first_name, String(said).slice(0, 60)].filter(Boolean).join(": ");
}

function gist(call) {
  if (!call.ok) return String(call.result ?? "");
  if (call.method.toLowerCase() === "getupdates") return call.result.map(happened).join(" · ");
  const { text, caption, commands, chat_id } = call.params;
  const who = people.find((person) => person.id === chat_id)?.name;
  const said = text ?? caption ?? (commands && commands.map(({ command }) => `/${command}`).join(" ")) ?? "";
  return [who, String(said).replace(/<[^>]*>/g, "").slice(0, 100)].filter(Boolean).join(": ");
}

const asked = new Map(); // what to read again, once for any number of events
function soon(key, act) {
  if (asked.has(key)) return;
  asked.set(key, setTimeout(() => { asked.delete(key); act().catch(() => {}); }, 15));
}

const panesOf = (chat) => panes.filter((pane) => pane.id === chat);

function listen() {
  const source = new EventSource("/sim/events");
  source.onopen = () => {
    trouble("");
    for (const read of [readPeople, readClock, readCalls]) soon(read, read);
    for (const pane of panes) soon(pane, () => pane.read());
  };
  source.onerror = () => trouble(word("offline"));
  source.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.topic === "clock") soon(readClock, readClock);
    if (event.topic === "persons") soon(readPeople, readPeople);
    if (event.topic === "call" && $(".network").open) soon(readCalls, readCalls);
    for (const pane of panesOf(event.chat)) {
      if (event.topic === "chat") {
        soon(pane, () => pane.read());
        if (!pane.person?.started) soon(readPeople, readPeople);
      }
      if (event.topic === "toast") pane.answered(event);
      if (event.topic === "action") pane.doing(event.action);
    }
  };
}

$(".page-language select").value = ours;
$(".page-language select").addEventListener("change", (event) => {
  ours = event.target.value;
  localStorage.setItem("language", ours);
  draw();
  showClock();
  for (const pane of panes) pane.read();
});
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => sim("clock", { advance: Number(button.dataset.advance) }));
}
$(".network").addEventListener("toggle", () => readCalls());
narrow.addEventListener("change", () => choose(active));
setInterval(showClock, 5000);
await Promise.all([readPeople(), readClock()]);
listen();
