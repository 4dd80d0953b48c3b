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
table {
  border-collapse: collapse;
  font-size: 14px;
}
.table {
  margin: 0 0 10px;
  overflow-x: auto;
  overflow-wrap: normal;
}
:is(th, td) {
  padding: 6px 10px;
  border: 1px solid var(--_edge);
  text-align: start;
  vertical-align: top;
}
.left {
  text-align: left;
}
.center {
  text-align: center;
}
.right {
  text-align: right;
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
.answer-foot,
.foot {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 8px;
}
.answer-foot {
  gap: 0;
  margin-block: -4px -10px;
  margin-inline-end: -14px;
  color: var(--_muted);
  font-size: 12px;
}
.answer-foot time {
  margin-inline-end: auto;
}
.answer-foot .said {
  width: 100%;
  padding-block-end: 6px;
}
.thumb {
  display: grid;
  place-items: center;
  width: 44px;
  height: 44px;
  border-radius: 12px;
}
.panel .thumb svg {
  width: 16px;
  height: 16px;
}
.down svg {
  rotate: 180deg;
}
.thumb:hover {
  color: var(--_ink);
}
.thumb[aria-pressed='true'] {
  color: var(--_link, var(--_ink));
}
.thumb[aria-pressed='true'] path {
  fill: currentColor;
  fill-opacity: 0.3;
}
.foot {
  justify-content: center;
  gap: 0 16px;
  color: var(--_muted);
  font-size: 12px;
}
.foot:empty {
  display: none;
}
.foot :is(a, .link) {
  display: flex;
  align-items: center;
  min-width: 44px;
  min-height: 44px;
  color: inherit;
  text-decoration: underline;
  text-underline-offset: 2px;
}
div.contact,
form.contact {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px 16px;
  box-sizing: border-box;
  width: 100%;
  margin: 4px 0;
  padding: 12px 16px;
  border: 1px solid var(--_edge);
  border-radius: 16px;
  color: var(--_ink);
  font-size: 14px;
}
div.small {
  padding: 0 4px;
  border: 0;
  color: var(--_muted);
  font-size: 12px;
}
.contact p,
.contact label,
p.contact {
  width: 100%;
  margin: 0;
  white-space: pre-line;
  overflow-wrap: anywhere;
}
p.contact {
  padding: 8px;
  color: var(--_ink);
  font-size: 14px;
  text-align: center;
}
form.contact p {
  color: var(--_muted);
  font-size: 12px;
}
form.contact p a {
  display: inline-flex;
  min-height: 24px;
}
.foot .contact a {
  overflow-wrap: anywhere;
}
.panel .contact :is(input, textarea) {
  display: block;
  box-sizing: border-box;
  width: 100%;
  min-height: 44px;
  margin-block: 2px 4px;
  padding: 9px 12px;
  border: 1px solid var(--_edge);
  border-radius: 12px;
  background: var(--_bg);
  color: var(--_ink);
  font: inherit;
  font-size: 16px;
}
.panel .contact textarea {
  min-height: 88px;
}
.panel .contact :is(input, textarea):focus-visible {
  outline: 2px solid var(--_link, var(--_ink));
  outline-offset: 1px;
}
.contact .said:empty {
  display: none;
}
form.contact .said {
  color: var(--_ink);
  font-size: 14px;
}
[part='send-message'][aria-disabled='true'] {
  color: var(--_muted);
}
.log {
  scrollbar-width: thin;
}
.log:focus-visible {
  outline-offset: -2px;
}
.launcher {
  transition: transform 0.18s;
}
.launcher:hover {
  transform: translateY(-2px);
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
.title {
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  overflow: hidden;
}
.trouble {
  margin-block-start: 16px;
  padding: 12px 14px;
  border-radius: 14px;
  background: var(--_soft);
}
.trouble .pill {
  margin-block-start: 10px;
}
textarea::placeholder {
  color: var(--_muted);
  opacity: 1;
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
