/**
 * Looks of the launcher, and the colours that the whole widget is made of. `all: initial` on each root keeps the host
 * page's inherited styles out; `!important` on `:host` wins over the page's `*` rules (inside wins for important ones).
 *
 * The words on the accent are white or black, whichever has more contrast: `y` of CIE XYZ is the relative luminance of
 * WCAG, and at 0.179 both contrasts are 4.58, so any accent passes AA. (A browser from before 2024 has black words.)
 */
export const launcherStyles = `
:host { display: contents !important; }
:host([hidden]) { display: none !important; }
.launcher, .panel, .notice {
  all: initial;
  --_accent: var(--postern-accent, #4f46e5);
  --_light: clamp(0, (.179 - y) * 9999, 1);
  --_on-accent: color(from var(--_accent) xyz-d65 calc(.9505 * var(--_light)) var(--_light) calc(1.089 * var(--_light)));
  --_offset: var(--postern-offset, 20px);
  position: fixed;
  z-index: var(--postern-z-index, 2147483000);
  bottom: var(--_offset);
  inset-inline-end: var(--_offset);
  font: 15px/1.5 var(--postern-font, system-ui, sans-serif);
}
@supports (color: rgb(from red r g b)) {
  .launcher, .panel, .notice { --_accent: rgb(from var(--postern-accent, #4f46e5) r g b / 1); }
}
:host([position=start]) :is(.launcher, .panel, .notice) { inset-inline: var(--_offset) auto; }
.launcher {
  z-index: calc(var(--postern-z-index, 2147483000) + 1);
  display: flex;
  align-items: center;
  height: 56px;
  border-radius: 28px;
  cursor: pointer;
  background: var(--_accent);
  color: var(--_on-accent);
  box-shadow: 0 2px 6px rgb(0 0 0 / .16), 0 10px 28px rgb(0 0 0 / .22);
}
.launcher[hidden] { display: none; }
.launcher:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #1b1c22; }
.launcher svg {
  width: 26px;
  margin: 0 15px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.9;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.launcher[aria-busy=true] { opacity: .7; }
.launcher span:not(:empty) { font-weight: 600; margin-inline: -4px 22px; }
.notice {
  bottom: calc(var(--_offset) + 68px);
  padding: 8px;
  background: #1b1c22;
  color: #fff;
}
@media (forced-colors: active) { .launcher { border: 2px solid; } }
@media print { :host { display: none !important; } }
`;
