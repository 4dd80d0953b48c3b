/** Looks of the chat itself. `px` throughout: the page's root font size is none of our business. */
export const panelStyles = `
  @media screen {
    :host(:popover-open) {
      all: initial !important;
      position: fixed !important;
    }
  }
  :host([inline]) {
    display: block !important;
  }
  :host([inline]) .launcher {
    display: none;
  }
  .panel {
    color-scheme: light dark;
    text-size-adjust: none;
  }
  :host([theme='light']) .panel {
    color-scheme: light;
  }
  :host([theme='dark']) .panel {
    color-scheme: dark;
  }
  :host([inline][hidden]) {
    display: none !important;
  }
  .launcher[aria-expanded='false'] svg ~ svg,
  .launcher[aria-expanded='true'] :is(svg:first-child, svg:first-child + span) {
    display: none;
  }
  .panel {
    --_bg: var(--postern-background, light-dark(#fff, #17181c));
    --_ink: var(--postern-text, light-dark(#1b1c22, #ececf1));
    --_muted: light-dark(#5c5f6b, #a9acb9);
    --_soft: light-dark(#f2f2f7, #25272e);
    --_line: light-dark(#e6e6ee, #33353e);
    --_edge: light-dark(#8b8e9b, #70737f);
    --_radius: var(--postern-radius, 18px);
    bottom: calc(var(--_offset) + 72px);
    display: none;
    flex-direction: column;
    width: min(var(--postern-width, 400px), calc(100% - 2 * var(--_offset)));
    height: min(var(--postern-height, 640px), calc(100% - var(--_offset) - 88px));
    overflow: hidden;
    border-radius: var(--_radius);
    background: var(--_bg);
    color: var(--_ink);
    box-shadow:
      0 0 0 1px light-dark(rgb(20 20 40 / 0.08), rgb(255 255 255 / 0.12)),
      0 4px 12px rgb(0 0 0 / 0.08),
      0 24px 64px rgb(0 0 0 / 0.22);
    overflow-wrap: anywhere;
    animation: rise 0.2s cubic-bezier(0.2, 0.8, 0.3, 1);
  }
  .panel[open] {
    display: flex;
  }
  .panel.full {
    inset: var(--_top, 0) 0 auto 0 !important;
    width: 100%;
    height: var(--_height, 100%);
    padding-block-end: env(safe-area-inset-bottom);
    border-radius: 0;
    box-shadow: none;
  }
  section.panel {
    display: flex;
    position: relative;
    inset: auto !important;
    z-index: auto;
    width: 100%;
    height: 100%;
    min-height: 240px;
    box-shadow: inset 0 0 0 1px var(--_line);
    animation: none;
  }
  .panel *,
  .panel *::before {
    box-sizing: border-box;
  }
  .panel:focus {
    outline: none;
  }
  button {
    all: unset;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
  }
  .panel :focus-visible {
    outline: 2px solid var(--_ink);
    outline-offset: 2px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .panel svg {
    display: block;
    flex: none;
    width: 20px;
    height: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.9;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  header {
    display: flex;
    align-items: center;
    gap: 12px;
    padding-block: 12px;
    padding-inline: 16px 8px;
    border-block-end: 1px solid var(--_line);
  }
  .avatar {
    display: grid;
    place-items: center;
    flex: none;
    width: 36px;
    height: 36px;
    border-radius: 50%;
    object-fit: cover;
    background: var(--_accent);
    color: var(--_on-accent);
    font-size: 16px;
    font-weight: 650;
    text-transform: uppercase;
  }
  .title {
    flex: 1;
    min-width: 0;
    margin: 0;
    font-size: 16px;
    font-weight: 650;
    line-height: 1.3;
  }
  .icon {
    display: grid;
    place-items: center;
    flex: none;
    width: 44px;
    height: 44px;
    border-radius: 12px;
    color: var(--_muted);
  }
  header .icon + .icon {
    margin-inline-start: -12px;
  }

  .middle {
    display: flex;
    flex: 1;
    min-height: 0;
    position: relative;
  }
  .log {
    flex: 1;
    min-width: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    padding: 20px 16px 8px;
  }
  .messages {
    display: flex;
    flex-direction: column;
    gap: 12px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .message {
    flex: none;
    max-width: 86%;
    align-self: flex-start;
    padding: 10px 14px;
    border-radius: 18px;
    border-end-start-radius: 6px;
    background: var(--_soft);
  }
  .message.user {
    align-self: flex-end;
    border-radius: 18px;
    border-end-end-radius: 6px;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .user .body,
  .plain {
    white-space: pre-wrap;
  }
  .suggestions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin: 16px 0 0;
    padding: 0;
    list-style: none;
  }
  .pill {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    min-height: 44px;
    padding: 6px 16px;
    border: 1px solid var(--_edge);
    border-radius: 22px;
    background: var(--_bg);
    color: var(--_ink);
    font-weight: 500;
    line-height: 1.3;
  }
  .disclosure,
  .trouble p {
    margin: 0;
  }
  .composer {
    display: flex;
    align-items: flex-end;
    gap: 4px;
    margin: 8px 12px 12px;
    padding: 3px;
    padding-inline-start: 16px;
    border: 1px solid var(--_edge);
    border-radius: 26px;
    background: var(--_bg);
  }
  .composer:focus-within {
    border-color: var(--_link, var(--_ink));
    outline: 1px solid var(--_link, var(--_ink));
  }
  textarea {
    all: unset;
    flex: 1;
    min-width: 0;
    max-height: min(144px, 30dvh);
    padding: 10px 0;
    overflow-y: auto;
    font-size: 16px;
    line-height: 24px;
    white-space: pre-wrap;
  }
  .panel textarea:focus-visible {
    outline: none;
  }
  .send {
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .send:disabled {
    background: var(--_soft);
    color: var(--_muted);
  }
  .disclosure,
  ::slotted([slot='footer']) {
    display: block;
    padding: 0 16px 12px;
    color: var(--_muted);
    font-size: 12px;
    text-align: center;
  }

  @media (forced-colors: active) {
    .panel,
    .message,
    .trouble,
    .icon,
    .avatar {
      border: 1px solid;
    }
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .launcher,
    .panel,
    .panel * {
      animation: none !important;
      transition: none !important;
    }
  }
`;
