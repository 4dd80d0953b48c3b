/**
 * The round button. The loader draws it before anything else is fetched; the element finds it in its shadow root and
 * goes on with the same node, so that neither focus nor position is lost when the chat arrives.
 */
import { ofDocument } from './page.ts';

const SVG = 'http://www.w3.org/2000/svg';
const bubble = 'M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.5 3.3 5.9l-.7 3.4 4-2.2q1.2.2 2.4.2c5 0 9-3.2 9-7.3s-4-7.7-9-7.7Z';

/** @param label Words beside the icon, if any; else the button is called `name`. */
export function drawLauncher(root: ShadowRoot, name: string, label: string, direction: string): HTMLButtonElement {
  const button = ofDocument('createElement')('button');
  button.className = 'launcher';
  button.part.add('launcher');
  button.dir = direction;
  button.setAttribute('aria-label', label || name);
  // Firefox before 119 has no properties for them.
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-expanded', 'false');
  const words = ofDocument('createElement')('span');
  words.textContent = label;
  button.append(drawIcon(bubble), words);
  root.append(button);
  return button;
}

export function drawIcon(outline: string): SVGSVGElement {
  const icon = ofDocument('createElementNS')(SVG, 'svg');
  const path = ofDocument('createElementNS')(SVG, 'path');
  icon.setAttribute('viewBox', '0 0 24 24');
  path.setAttribute('d', outline);
  icon.append(path);
  return icon;
}
