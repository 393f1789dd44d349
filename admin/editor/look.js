// How the editor looks. Nothing here is fetched: pictures from data: addresses are refused by our pages' policy, so
// what CodeMirror's lint draws with them is drawn with text and lines.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const drawn = (letter, colour) => ({
  content: "none !important",
  "&::before": { content: JSON.stringify(letter), color: colour, fontWeight: "700" },
});

const theme = EditorView.theme({
  "&": { backgroundColor: "#ffffff", color: "#10202f", border: "1px solid #7f93a8", borderRadius: "8px", maxHeight: "72vh", fontSize: "15px" },
  "&.cm-focused": { outline: "3px solid #b35900", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'Roboto Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace", lineHeight: "1.55", overscrollBehavior: "contain" },
  ".cm-content": { padding: "8px 0" },
  ".cm-gutters": { backgroundColor: "#eef3f8", color: "#4a5a6b", borderRight: "1px solid #b9cbe0", borderRadius: "8px 0 0 8px" },
  ".cm-activeLine": { backgroundColor: "#f3f8ff" },
  ".cm-activeLineGutter": { backgroundColor: "#dfeaf9", color: "#10202f" },
  ".cm-lintRange": { backgroundImage: "none !important", textDecorationLine: "underline", textDecorationStyle: "wavy", textDecorationThickness: "1.5px", textUnderlineOffset: "3px", textDecorationSkipInk: "none" },
  ".cm-lintRange-error": { textDecorationColor: "#a01515" },
  ".cm-lintRange-warning": { textDecorationColor: "#8a5a00" },
  ".cm-lint-marker": { width: "1em", height: "auto", textAlign: "center" },
  ".cm-lint-marker-error": drawn("✕", "#a01515"),
  ".cm-lint-marker-warning": drawn("!", "#8a5a00"),
  ".cm-gutter-lint": { width: "1.3em" },
  ".cm-diagnostic": { fontFamily: "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif", padding: "6px 10px", maxWidth: "min(34rem, 84vw)" },
  ".cm-diagnosticAction": { font: "inherit", fontWeight: "600", color: "#ffffff", backgroundColor: "#0b5cd5", padding: "6px 12px", margin: "4px 0 2px", borderRadius: "8px", display: "block" },
  ".cm-tooltip": { border: "1px solid #7f93a8", borderRadius: "8px", backgroundColor: "#ffffff", color: "#10202f", zIndex: "20" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "14em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "6px 10px", lineHeight: "1.3" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "#0b5cd5", color: "#ffffff" },
  ".cm-completionInfo": { fontFamily: "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif", padding: "8px 10px", maxWidth: "min(22rem, 80vw)" },
  ".cm-panels": { backgroundColor: "#eef3f8", color: "#10202f" },
  ".cm-panel.cm-search": { fontFamily: "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif", fontSize: "15px" },
  ".cm-textfield, .cm-button": { fontSize: "15px", minHeight: "34px", backgroundImage: "none" },
});

// Every colour stands out from white by 4.5 to 1 at least.
const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "#08408f", fontWeight: "600" },
  { tag: tags.comment, color: "#5a6672", fontStyle: "italic" },
  { tag: [tags.string, tags.content], color: "#10202f" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket, tags.special(tags.string)], color: "#7a3e00" },
  { tag: [tags.keyword, tags.meta, tags.labelName, tags.typeName], color: "#7b1fa2" },
]);

export const look = [theme, syntaxHighlighting(colours)];
