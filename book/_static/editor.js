/* The editor of a cell: CodeMirror (codemirror.js), with the indentation of
   Python and the colours of the page. run.js loads both when the cells of a
   page become editable.

   What a cell runs stays the text of its `pre`: it is hidden, and says at each
   moment what the editor shows. So do what copies the code and what prints
   it. */

"use strict";

globalThis.editor = (() => {
  const { Decoration, EditorView, Prec, StateField, keymap, tags }
    = CodeMirror;

  // The kinds of code, by the classes that the printed code has for them.
  const kinds = CodeMirror.tagHighlighter([
    { tag: tags.keyword, class: "k" },
    { tag: tags.operator, class: "o" },
    { tag: tags.comment, class: "c1" },
    { tag: tags.string, class: "s" },
    { tag: tags.number, class: "m" },
    { tag: tags.standard(tags.variableName), class: "nb" },
    { tag: tags.definition(tags.variableName), class: "nf" },
    { tag: tags.meta, class: "nb" },
  ]);

  const theme = EditorView.theme({
    "&.cm-focused": {
      outline: "2px solid var(--pst-color-link-hover)",
      outlineOffset: "-2px",
    },
    ".cm-scroller": {
      fontFamily: "var(--pst-font-family-monospace)",
      fontSize: "0.83rem",
      lineHeight: "1.5",
    },
    // What is being written does not fade where it scrolls.
    "&.cm-focused .cm-scroller": { maskImage: "none" },
    ".cm-content": { caretColor: "currentColor", padding: "0.8rem 0" },
    ".cm-line": { padding: "0 0.6rem" },
    // A frame is seen with the system's colours, too.
    "& .cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
      backgroundColor: "transparent",
      outline: "1px solid currentColor",
    },
    "& .cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": {
      backgroundColor: "transparent",
      outline: "1px dashed currentColor",
    },
    ".cm-specialChar": { color: "inherit", outline: "1px dotted" },
  });

  // The arrays that light up (hover.js), as long as nobody writes in them.
  function hints(pre) {
    const all = Decoration.set([...pre.querySelectorAll("[data-hover]")]
      .map((array) => {
        const before = document.createRange();
        before.setStart(pre, 0);
        before.setEndBefore(array);
        const from = before.toString().length;
        const attributes = { "data-hover": array.dataset.hover };
        return Decoration.mark({ attributes })
          .range(from, from + array.textContent.length);
      }));
    let printed;
    return StateField.define({
      create: ({ doc }) => {
        printed = doc;
        return all;
      },
      update: (marks, { changes, docChanged, newDoc }) => {
        if (!docChanged) return marks;
        if (newDoc.eq(printed)) return all;
        const untouched = (from, to) => !changes.touchesRange(from, to);
        return marks.update({ filter: untouched }).map(changes);
      },
      // Around the kinds of code, so an array stays in one piece.
      provide: (field) => Prec.lowest(EditorView.decorations.from(field)),
    });
  }

  // Tab indents. The first one after Escape leads on, as everywhere in a page,
  // unless another key was pressed; there is no hurry.
  const leaving = Prec.highest(keymap.of([{
    key: "Escape",
    run: (view) => {
      view.setTabFocusMode(1e9);
      return true;
    },
  }]));

  // Put an editor in front of some code. `run` is called when the reader asks
  // for it, `changed` after each edit; `about` are attributes of its text.
  return (pre, about, run, changed) => {
    const asked = () => {
      run();
      return true;
    };
    const code = pre.textContent.replace(/\n$/, "");
    const view = new EditorView({
      doc: code,
      extensions: [
        leaving,
        keymap.of([
          ...["Shift", "Ctrl", "Meta"].map((key) =>
            ({ key: `${key}-Enter`, run: asked })),
          { key: "Tab", run: CodeMirror.indentMore,
            shift: CodeMirror.indentLess },
          ...CodeMirror.closeBracketsKeymap,
          ...CodeMirror.historyKeymap,
          ...CodeMirror.defaultKeymap,
        ]),
        CodeMirror.history(),
        CodeMirror.StreamLanguage.define(CodeMirror.python),
        CodeMirror.indentUnit.of("    "),
        CodeMirror.indentOnInput(),
        CodeMirror.bracketMatching(),
        CodeMirror.closeBrackets(),
        CodeMirror.syntaxHighlighting(kinds),
        CodeMirror.highlightSpecialChars(),
        hints(pre),
        theme,
        EditorView.contentAttributes.of({ tabindex: "0", ...about }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (!docChanged) return;
          pre.textContent = state.sliceDoc();
          changed();
        }),
      ],
    });
    const box = document.createElement("div");
    box.className = "run-editor";
    box.append(view.dom);
    box.onkeydown = ({ keyCode }) => { // with Shift some name it otherwise
      if (keyCode === 9) view.setTabFocusMode(false);
    };
    pre.textContent = code;
    pre.hidden = true;
    pre.after(box);
    return {
      focus: () => view.focus(),
      write: (insert) => view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert },
        selection: { anchor: 0 },
      }),
    };
  };
})();
