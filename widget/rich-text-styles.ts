/** Looks of what Markdown draws: they come with its reader, after the styles of the chat. */
export const richTextStyles = `
.body :is(p, ul, ol, blockquote) {
  margin: 0 0 10px;
}
.body :is(ul, ol) {
  padding-inline-start: 22px;
  list-style: disc;
}
.body ol {
  list-style: decimal;
}
.body li + li {
  margin-block-start: 4px;
}
blockquote {
  padding-inline-start: 12px;
  border-inline-start: 3px solid var(--_edge);
  color: var(--_muted);
}
hr {
  border: 0;
  border-block-start: 1px solid var(--_edge);
  margin: 12px 0;
}
a {
  color: var(--_link);
  text-decoration: underline;
  text-underline-offset: 2px;
  unicode-bidi: isolate;
}
code {
  padding: 1px 5px;
  border-radius: 6px;
  background: light-dark(rgb(20 20 40 / 0.07), rgb(255 255 255 / 0.1));
  font:
    13px/1.5 ui-monospace,
    SFMono-Regular,
    Menlo,
    Consolas,
    monospace;
}
.code {
  position: relative;
  margin: 0 0 10px;
}
.code button {
  position: absolute;
  inset: 0 0 auto auto;
  min-width: 44px;
  min-height: 44px;
  padding: 0 12px;
  box-sizing: border-box;
  text-align: center;
  border-radius: 12px;
  color: #d7d8e0;
  font-size: 12px;
  font-weight: 600;
}
.code button:hover {
  color: #fff;
}
.code button:focus-visible,
.body pre:focus-visible {
  outline-color: #fff;
  outline-offset: -3px;
}
pre {
  margin: 0;
  padding: 14px 16px;
  overflow-x: auto;
  border-radius: 12px;
  background: #23242c;
  color: #ececf1;
  overflow-wrap: normal;
}
.code button + pre {
  padding-block-start: 40px;
}
pre code {
  padding: 0;
  background: none;
  white-space: pre;
}
.body > :first-child {
  margin-block-start: 0;
}
.body > :last-child {
  margin-block-end: 0;
}
@media (forced-colors: active) {
  pre {
    border: 1px solid CanvasText;
  }
}
`;
