// Trying a lesson out: sends what the tester does, shows what residents would see, keeps every state to go back to.
"use strict";

(() => {
  const panel = document.getElementById("trial");
  if (!panel) return;

  const CHANNELS = { "zalo-oa": "Zalo", webchat: "Trang web", messenger: "Messenger", "zalo-bot": "Zalo Bot" };
  const REFUSALS = {
    unpublished: "Chưa đăng bài nào nên chưa chơi thử được. Đăng lần đầu trước đã.",
    state: "Cuộc chơi thử này máy đọc không ra. Bấm Chơi lại từ đầu.",
    time: "Đồng hồ chơi thử đi quá xa. Bấm Bây giờ rồi chơi tiếp.",
    event: "Máy không hiểu thao tác này. Bấm lại thử.",
    request: "Bài dài quá hoặc gửi đi bị hỏng. Rút ngắn bài rồi thử lại.",
  };
  const LOST = "Không gọi được máy chủ. Kiểm tra mạng rồi bấm lại, bài đang viết không mất.";
  const SIGNED_OUT = "Phiên làm việc đã hết. Mở trang đăng nhập ở thẻ khác, đăng nhập rồi bấm lại.";
  const NOTES = {
    not_understood: "Máy không hiểu câu vừa gõ.",
    secret_warned: "Máy nhắc bà con đừng đưa mã, số riêng tư.",
    lesson_left: "Bà con rời bài đang học dở.",
    stopped: "Từ đây máy không tự nhắn nữa.",
    forgotten: "Dữ liệu của bà con đã xóa hết.",
    rows: "Chỗ này máy cần dữ liệu thật nên chơi thử không hiện.",
  };
  const REASONS = {
    asked: "bà con xin gặp người", stuck: "bà con kẹt ở bước này", not_understood: "máy không hiểu mấy lần liền",
    scam: "có dấu hiệu lừa đảo", bulletin: "bà con hỏi về bản tin", bug: "máy bị lỗi",
  };
  const DID = { picture: "Gửi một tấm hình", voice: "Gửi tin nói", sticker: "Gửi nhãn dán" };

  const part = (name) => panel.querySelector(`[data-${name}]`);
  const does = (name) => panel.querySelector(`[data-does=${name}]`);
  const log = part("log");
  const words = panel.querySelector("#trial-words");
  const start = does("start");
  const undo = does("undo");

  const past = []; // each turn: the answer that it gave, and what it put into the log
  let isBusy = false;

  function make(kind, name, text) {
    const made = document.createElement(kind);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return made;
  }

  function lesson() {
    if (window.lessonText) return { file: window.lessonFile || "", text: window.lessonText() };
    const source = document.getElementById("trial-source");
    return { file: source.dataset.file, text: source.value };
  }

  function refusal(given) {
    if (given.refused !== "text") return REFUSALS[given.refused] || REFUSALS.request;
    const kept = past.length ? " Sửa xong thì chơi tiếp từ chỗ này." : "";
    return `Bài đang có lỗi ở dòng ${given.line}: ${given.says} ${given.suggests}${kept}`;
  }

  // The answer as `read` gives it; null when there is none, and then it is said why.
  async function ask(address, asked, read) {
    if (isBusy) return null;
    isBusy = true;
    panel.setAttribute("aria-busy", "true");
    part("problem").hidden = true;
    try {
      const headers = { "Content-Type": "application/json", "HX-Request": "true" };
      const channel = part("channel").value;
      const body = JSON.stringify(Object.assign(lesson(), { channel }, asked));
      const response = await fetch(address, { method: "POST", headers, body });
      if (response.ok) return await read(response);
      const isJson = (response.headers.get("content-type") || "").includes("json");
      complain(isJson ? refusal(await response.json()) : response.status === 401 ? SIGNED_OUT : LOST);
    } catch {
      complain(LOST);
    } finally {
      isBusy = false;
      panel.removeAttribute("aria-busy");
    }
    return null;
  }

  function complain(sentence) {
    part("problem").textContent = sentence;
    part("problem").hidden = false;
    part("problem").scrollIntoView({ block: "nearest" });
  }

  // **bold** as such; everything else is text.
  function formatted(text) {
    return text.split("**").map((piece, nth) => (nth % 2 ? make("strong", "", piece) : document.createTextNode(piece)));
  }

  function spoken(who, name, nodes) {
    const bubble = make("div", name);
    bubble.append(make("span", "unseen", `${who}: `), ...nodes);
    return bubble;
  }

  function picture(given) {
    const image = make("img");
    image.src = given.url;
    image.alt = given.alt;
    image.addEventListener("error", () => image.replaceWith(make("p", "", `[Hình chưa có: ${given.alt}]`)));
    return image;
  }

  function bubbles(answer) {
    const shown = [];
    answer.bubbles.forEach((one) => {
      if (one.reminder_at) shown.push(make("p", "trial-note", `Máy tự nhắn lúc ${one.reminder_at}:`));
      one.parts.forEach((text, nth) => {
        const bubble = spoken("Máy", "bubble", formatted(text));
        if (one.picture && nth === one.parts.length - 1) bubble.prepend(picture(one.picture));
        shown.push(bubble);
      });
      if (!one.choices.length) return;
      const group = make("div", "taps");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", "Bấm để trả lời");
      one.choices.forEach((choice, nth) => {
        const button = make("button", "", one.choices.length > 1 ? `${nth + 1}. ${choice.label}` : choice.label);
        button.type = "button";
        button.addEventListener("click", () => play({ kind: "press", value: choice.value }, choice.label));
        group.append(button);
      });
      shown.push(group);
    });
    return shown;
  }

  function notes(answer) {
    const said = answer.notes.map((note) =>
      note.code === "person" ? `Gọi người của tổ: ${REASONS[note.reason] || note.reason}.` : NOTES[note.code]);
    if (answer.finished && !(past.length && past[past.length - 1].answer.finished)) said.push("Xong bài này.");
    return said.map((sentence) => make("p", "trial-note", sentence));
  }

  async function play(event, label) {
    const last = past.length ? past[past.length - 1].answer : null;
    const isStart = event.kind === "start";
    const asked = { event, phone_os: part("phone").value || null };
    if (!isStart) Object.assign(asked, { state: last.state, now: last.now });
    const answer = await ask(panel.dataset.turns, asked, (response) => response.json());
    if (!answer) return;
    if (isStart) {
      past.length = 0;
      log.textContent = "";
    }
    const nodes = [];
    if (label) nodes.push(spoken("Bà con", "bubble mine", [document.createTextNode(label)]));
    nodes.push(...bubbles(answer), ...notes(answer));
    past.push({ answer, nodes });
    log.append(...nodes);
    show(nodes[0]);
    if (isStart) words.focus();
  }

  function show(first) {
    const { answer } = past[past.length - 1];
    part("play").hidden = false;
    start.textContent = "Chơi lại từ đầu";
    undo.disabled = past.length < 2;
    part("clock").textContent = answer.clock;
    part("reminder").textContent = answer.reminder ? `Bà con im thì máy sẽ nhắc lúc ${answer.reminder}.` : "";
    where(answer.standing);
    channels(answer.channels);
    if (first) log.scrollTop += first.getBoundingClientRect().top - log.getBoundingClientRect().top - 8;
    else log.scrollTop = log.scrollHeight;
  }

  function where(standing) {
    const place = part("where");
    place.textContent = "";
    if (!standing) {
      place.append("Không ở trong bài nào.");
    } else if (standing.line === null) {
      place.append(`Đang ở bài khác: ${standing.title}.`);
    } else {
      place.append("Đang ở bước ", make("strong", "", standing.step), "\u00a0");
      place.append(hasEditor() ? line(standing.line) : `(dòng ${standing.line})`);
    }
  }

  function hasEditor() {
    return Boolean(window.lessonText || window.goToLine);
  }

  function line(number) {
    const button = make("button", "trial-line", `tới dòng ${number}`);
    button.type = "button";
    button.dataset.line = number;
    return button;
  }

  function goTo(number) {
    if (window.goToLine) window.goToLine(number);
    else window.dispatchEvent(new CustomEvent("lesson-go-to-line", { detail: { line: number } }));
  }

  function channels(names) {
    const chooser = part("channel");
    if (chooser.options.length === names.length) return;
    chooser.textContent = "";
    names.forEach((name) => chooser.append(new Option(CHANNELS[name] || name, name)));
    part("channels").hidden = names.length < 2;
  }

  function back() {
    if (past.length < 2 || isBusy) return;
    past.pop().nodes.forEach((node) => node.remove());
    show(null);
    words.focus();
  }

  async function walk(seed) {
    if (isBusy) return;
    const place = part("walked");
    place.textContent = "";
    part("status").textContent = "Bà con đang đi, chờ vài giây…";
    const told = await ask(panel.dataset.walks, { seed }, (response) => response.text());
    part("status").textContent = told === null ? "" : "Bà con đi xong rồi:";
    if (told === null) return;
    place.innerHTML = told; // a page of ours: everything in it is escaped
    if (!hasEditor()) place.querySelectorAll("[data-line]").forEach((one) => one.replaceWith(one.textContent));
  }

  // Back to the present: what was said stays said.
  function present() {
    if (!past.length || isBusy) return;
    const turn = past[past.length - 1];
    turn.answer = Object.assign({}, turn.answer, { now: null });
    play({ kind: "wait", value: "0" });
  }

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { does: act, wait, event: odd, line: number, seed } = button.dataset;
    if (act === "start") play({ kind: "start" });
    else if (act === "undo") back();
    else if (act === "present") present();
    else if (act === "walk") walk(Number(seed || 1));
    else if (wait) play({ kind: "wait", value: wait }, `⏱ ${button.textContent}`);
    else if (odd) play({ kind: odd }, DID[odd]);
    else if (number) goTo(Number(number));
  });

  part("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value;
    if (!text.trim() || isBusy) return;
    play({ kind: "text", value: text }, text).then(() => { if (part("problem").hidden) words.value = ""; });
  });

  part("phone").addEventListener("change", () => { if (past.length) play({ kind: "start" }); });
})();
