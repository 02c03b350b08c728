/* What the editor of a cell (book/_static/editor.js) takes of CodeMirror. */

export { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
export {
  defaultKeymap, history, historyKeymap, indentLess, indentMore,
} from "@codemirror/commands";
export {
  StreamLanguage, bracketMatching, indentOnInput, indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
export { python } from "@codemirror/legacy-modes/mode/python";
export { EditorState, Prec, StateField } from "@codemirror/state";
export {
  Decoration, EditorView, highlightSpecialChars, keymap,
} from "@codemirror/view";
export { tagHighlighter, tags } from "@lezer/highlight";
