/** Looks of what Markdown draws, and those that few need or that come later: they come with its reader, after the styles of the chat. */
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
.launcher .badge {
  position: absolute;
  inset: -4px -4px auto auto;
  margin: 0;
  min-width: 22px;
  padding: 0 6px;
  border-radius: 11px;
  box-sizing: border-box;
  background: #c4162a;
  color: #fff;
  font-size: 12px;
  font-weight: 700;
  line-height: 22px;
  text-align: center;
}
.launcher .badge:empty {
  display: none;
}
.panel {
  --_less: min(1, 0.14 / max(y, 0.001));
  --_more: max(0, 0.4 - y);
  --_link: light-dark(
    color(from var(--_accent) xyz-d65 calc(x * var(--_less)) calc(y * var(--_less)) calc(z * var(--_less))),
    color(
      from var(--_accent) xyz-d65 calc(x + 0.9505 * var(--_more)) calc(y + var(--_more))
        calc(z + 1.089 * var(--_more))
    )
  );
}
.message:nth-last-child(n + 24) {
  content-visibility: auto;
  contain-intrinsic-size: auto 64px;
}
.pill:hover:not(:disabled) {
  border-color: var(--_ink);
  background: var(--_soft);
}
.pill:disabled {
  color: var(--_muted);
  border-style: dashed;
}
.message:last-child {
  animation: rise 0.2s ease-out;
}
.trouble:not(.calm) {
  background: light-dark(#fff3ea, #38261a);
  color: light-dark(#7a2e0b, #ffd2b8);
}
.icon:not(.send):hover {
  background: var(--_soft);
  color: var(--_ink);
}
.off {
  border-style: dashed;
  background: var(--_soft);
}
.typing {
  display: flex;
  gap: 5px;
  padding: 15px 16px;
}
.typing i {
  width: 7px;
  height: 7px;
  border-radius: 50%;
  background: var(--_muted);
  animation: blink 1.2s infinite both;
}
.typing i:nth-of-type(2) {
  animation-delay: 0.18s;
}
.typing i:nth-of-type(3) {
  animation-delay: 0.36s;
}
.latest {
  position: absolute;
  inset-block-end: 8px;
  inset-inline-start: calc(50% - 22px);
  border: 1px solid var(--_edge);
  border-radius: 50%;
  background: var(--_bg);
  color: var(--_ink);
  box-shadow: 0 4px 14px rgb(0 0 0 / 0.16);
}
.cut {
  margin: 10px 0 0;
  color: var(--_muted);
}
.note {
  margin: 0 28px;
  color: light-dark(#7a2e0b, #ffd2b8);
  font-size: 13px;
}
@keyframes blink {
  0%,
  70%,
  100% {
    opacity: 0.3;
  }
  35% {
    opacity: 1;
  }
}
@media (forced-colors: active) {
  button:disabled {
    color: GrayText;
  }
}
@media (max-height: 440px) {
  header {
    padding-block: 2px;
  }
  .log {
    padding-block-start: 10px;
  }
  .composer {
    margin-block: 4px 6px;
  }
}
/* Browsers from before the middle of 2024: light, with plain links. */
@supports not (color: light-dark(red, red)) {
  .panel {
    --_bg: var(--postern-background, #fff);
    --_ink: var(--postern-text, #1b1c22);
    --_muted: #5c5f6b;
    --_soft: #f2f2f7;
    --_line: #e6e6ee;
    --_edge: #8b8e9b;
    --_link: #1b1c22;
  }
  .trouble:not(.calm) {
    background: #fff3ea;
    color: #7a2e0b;
  }
  .note {
    color: #7a2e0b;
  }
}
`;
