// The lesson editor: CodeMirror in place of the form's textarea, and what the server says of the text while it is typed.
// It stands in a shadow root, where its styles need no <style> element: our pages' policy allows none.
import { acceptCompletion, autocompletion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { proposals } from "./completing.js";
import { look } from "./look.js";
import { phrases, says } from "./words.js";

const PRESENCE_MS = 20_000;
const LONG_TEXT = 100_000;

const byId = (id) => document.getElementById(id);
const form = byId("lesson");
if (form) start(form);

function start(form) {
  const area = byId("text"), host = byId("editor");
  const file = form.dataset.file, mayWrite = "mayWrite" in form.dataset;
  let words = null, findings = [], checkTimer = 0, checking = null, presses = 0;

  const view = mount();
  window.lessonFile = file;
  window.lessonText = () => text();
  window.goToLine = (line) => goTo(line, 1);
  window.addEventListener("lesson-go-to-line", (event) => goTo(Number(event.detail && event.detail.line) || 1, 1));

  document.querySelectorAll("[data-with-script]").forEach((one) => { one.hidden = false; });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (mayWrite) form.requestSubmit(byId("save"));
  });
  form.addEventListener("formdata", (event) => event.formData.set("text", text()));
  if (mayWrite) {
    form.addEventListener("submit", save);
    hear();
    setInterval(hear, PRESENCE_MS);
  }
  fetch(`/staff/lessons/vocabulary?file=${encodeURIComponent(file)}`)
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then((known) => { if (known.models) words = { ...known, today: form.dataset.today }; })
    .catch(() => {});
  if ("conflict" in form.dataset) stillDirty();
  middle();
  check();
  toHash();
  window.addEventListener("hashchange", toHash);

  function text() {
    return view.state.doc.sliceString(0, view.state.doc.length, "\n");
  }

  function mount() {
    const shadow = host.attachShadow({ mode: "open" });
    // What is typed into the search panel is no change of the lesson.
    shadow.addEventListener("input", (event) => event.stopPropagation());
    const made = new EditorView({
      root: shadow,
      parent: shadow,
      state: EditorState.create({
        doc: area.value,
        extensions: [
          lineNumbers(), lintGutter(), highlightSpecialChars(), history(), drawSelection(), highlightActiveLine(),
          highlightActiveLineGutter(), highlightSelectionMatches(), search({ top: true }), EditorView.lineWrapping,
          yaml(), indentUnit.of("  "), EditorState.tabSize.of(2), look,
          autocompletion({ override: [complete], icons: false, maxRenderedOptions: 60 }),
          EditorState.readOnly.of(!mayWrite),
          EditorState.phrases.of(phrases),
          EditorView.contentAttributes.of({
            "aria-label": byId("text-label").textContent, tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off",
          }),
          EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
          // Tab is for indenting; Escape before it lets the keyboard out, as CodeMirror has it built in.
          keymap.of([
            { key: "Tab", run: acceptCompletion }, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap,
            ...defaultKeymap, ...(mayWrite ? [indentWithTab] : []), { key: "Alt-Enter", run: startCompletion },
          ]),
        ],
      }),
    });
    area.hidden = true;
    host.hidden = false;
    byId("text-label").addEventListener("click", (event) => { event.preventDefault(); made.focus(); });
    return made;
  }

  // The text ----------------------------------------------------------------------------------------------

  // staff.js keeps a page from being left with words that are not saved, and takes a form that is sent for saved.
  function stillDirty() {
    host.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function changed() {
    presses += 1;
    stillDirty();
    if (mayWrite) byId("saved").textContent = says.unsaved;
    clearTimeout(checkTimer);
    checkTimer = setTimeout(check, view.state.doc.length > LONG_TEXT ? 1500 : 350);
  }

  // A place as the server counts it: lines and characters from 1. CodeMirror counts UTF-16 units.
  function position(line, column) {
    const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return at.from + [...at.text].slice(0, column - 1).join("").length;
  }

  function goTo(line, column) {
    const at = position(line, column);
    view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    host.scrollIntoView({ block: "nearest" });
    view.focus();
  }

  function toHash() {
    const line = /^#L(\d+)$/.exec(window.location.hash);
    if (line) requestAnimationFrame(() => goTo(Number(line[1]), 1));
  }

  function clicked(event) {
    const place = event.target.closest("[data-line]");
    const button = event.target.closest("[data-fix]");
    if (place) {
      event.preventDefault();
      goTo(Number(place.dataset.line), Number(place.dataset.column || 1));
    } else if (button) {
      repair(findings[Number(button.dataset.fix)]);
    }
  }

  function repair(finding) {
    const fix = finding && finding.fix;
    if (!fix || finding.presses !== presses) return;
    const from = position(fix.from_line, fix.from_column), to = position(fix.to_line, fix.to_column);
    view.dispatch({ changes: { from, to, insert: fix.insert }, selection: { anchor: from + fix.insert.length }, scrollIntoView: true });
    view.focus();
    check();
  }

  function complete(context) {
    if (!words) return null;
    const line = context.state.doc.lineAt(context.pos);
    const found = proposals(text(), line.number - 1, context.pos - line.from, words);
    if (!found) return null;
    const typed = context.pos - line.from - found.from;
    const isAsked = context.explicit || typed > 0 || context.matchBefore(/(?:\{|: )$/);
    if (!isAsked) return null;
    // On a phone the explanation would lie upon the list.
    const isBroad = window.innerWidth >= 640;
    return {
      from: line.from + found.from,
      validFor: /^[\w./-]*$/,
      options: found.options.map((one) => ({ label: one.label, apply: one.apply, info: (isBroad && one.about) || undefined })),
    };
  }

  // What the server says of it ----------------------------------------------------------------------------

  async function check() {
    clearTimeout(checkTimer);
    if (checking) checking.abort();
    const mine = new AbortController(), at = presses;
    checking = mine;
    let said = null;
    try {
      const answer = await fetch("/staff/lessons/check", {
        method: "POST", headers: { "Content-Type": "application/json" }, signal: mine.signal,
        body: JSON.stringify({ file, text: text() }),
      });
      said = answer.ok && !answer.redirected ? await answer.json() : null;
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    if (mine !== checking) return;
    if (said) told(said, at);
    else byId("findings").textContent = byId("findings").dataset.problem;
  }

  function told(said, at) {
    findings = said.findings.map((one) => ({ ...one, presses: at }));
    byId("findings").innerHTML = said.list;
    const counts = { errors: 0, warnings: 0 };
    findings.forEach((one) => { counts[one.severity === "error" ? "errors" : "warnings"] += 1; });
    const speaks = byId("findings-told");
    const sentence = findings.length ? speaks.dataset.some : speaks.dataset.none;
    speaks.textContent = sentence.replace("{errors}", counts.errors).replace("{warnings}", counts.warnings);
    draw(said.graph);
    if (at === presses) view.dispatch(setDiagnostics(view.state, findings.map(diagnostic)));
  }

  function diagnostic(one) {
    const line = view.state.doc.line(Math.min(one.line, view.state.doc.lines));
    const from = Math.min(position(one.line, one.column), line.to);
    return {
      from,
      to: Math.max(line.from + line.text.trimEnd().length, from),
      severity: one.severity,
      message: `${one.sentence}\n${one.suggestion}`,
      actions: one.fix && mayWrite ? [{ name: one.fix.label, apply: () => repair(one) }] : [],
    };
  }

  function draw(graph) {
    const box = byId("graph");
    if (!box) return;
    const old = box.querySelector(".graph-box");
    byId("graph-old").hidden = Boolean(graph) || !old;
    if (!graph) return;
    const place = old && [old.scrollLeft, old.scrollTop];
    const isOpen = Boolean(box.querySelector("details[open]"));
    box.innerHTML = graph;
    const fresh = box.querySelector(".graph-box");
    if (fresh && place) fresh.scrollTo(...place);
    else middle();
    if (isOpen) box.querySelector("details").open = true;
  }

  // The first step is seen, also where the drawing is broader than its box.
  function middle() {
    const box = document.querySelector(".graph-box");
    if (box) box.scrollLeft = Number(box.dataset.middle) - box.clientWidth / 2;
  }

  async function hear() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/staff/lessons/presence", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ file }),
      });
      if (!answer.ok || answer.redirected) return;
      const { others } = await answer.json();
      const names = others.join(", ");
      // Said aloud once, when somebody comes or goes.
      if (byId("others-names").textContent !== names) byId("others-names").textContent = names;
      byId("others").hidden = !others.length;
    } catch {
      // Who else is there is told the next time.
    }
  }

  // Saving ------------------------------------------------------------------------------------------------

  async function save(event) {
    // Over somebody else's text it is saved as a form is, after a question (staff.js).
    if (event.defaultPrevented || "conflict" in form.dataset) return;
    event.preventDefault();
    const at = presses, status = byId("saved");
    status.textContent = says.saving;
    let answer = null;
    try {
      answer = await fetch(form.action, {
        method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)),
      });
    } catch {
      answer = null;
    }
    if (answer && answer.status === 409) {
      form.submit();
      return;
    }
    if (!answer || !answer.ok || answer.redirected) {
      stillDirty();
      status.textContent = answer && answer.redirected ? says.signedOut : answer && answer.status === 413 ? says.tooLong : says.notSaved;
      return;
    }
    const { revision, done } = await answer.json();
    document.querySelectorAll("input[name=revision]").forEach((one) => { one.value = revision; });
    if (done !== "same") document.querySelectorAll("[data-drafted]").forEach((one) => { one.hidden = done !== "saved"; });
    const time = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
    status.textContent = at !== presses ? says.unsaved : done === "saved" ? says.saved(time) : done === "same" ? says.same : says.asPublished;
  }
}
