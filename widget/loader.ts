/**
 * `widget.js`: one classic script in a function of its own. Draws the launcher, and has the chat fetched when the visitor
 * is about to use it. However often it runs, and whatever happens to the body, there is one launcher; the only trace on
 * the page is one symbol on the document.
 */
import { directionOf, pageLanguage } from './i18n/language.ts';
import { launcherStyles } from './launcher-styles.ts';
import { drawLauncher } from './launcher.ts';
import { fetchWhenWanted } from './loader-fetch.ts';
import { keepInBody } from './loader-place.ts';
import { loaderWords } from './loader-words.ts';

/** From the server's address to the chat; set by the build. */
declare const POSTERN_CHAT: string;

/** `data-…` of the tag that are attributes of the element. A list, so that no `data-onclick` becomes an `onclick`. */
const attributes = ['agent', 'api', 'label', 'lang', 'position', 'theme', 'open', 'remember', 'hide-when-blocked'];

const MARK = 'data-from-tag';

/** The running tag; or, when a tag manager or an optimizer runs the script by other means, the one that names a key. */
function findTag(): HTMLScriptElement | null {
  const current = document.currentScript as HTMLScriptElement | null;
  if (current?.dataset.key !== undefined) return current;
  return document.querySelector<HTMLScriptElement>('script[data-key^="pk_"]');
}

/** From the tag's own address: `https://host/widget.js` or `https://host/widget/1.2.3/widget-….js`. */
function serverOf({ src, dataset }: HTMLScriptElement): string {
  return /^(https?:\/\/.*?)\/widget(?:\.js|\/)/.exec(src)?.[1] ?? dataset.api ?? location.origin;
}

function start(tag: HTMLScriptElement): void {
  const server = serverOf(tag);
  const { key = '', accent = '', label = '', lang } = tag.dataset;
  const old = document.querySelector<HTMLElement>(`postern-chat[${MARK}]`);
  const element = old ?? document.createElement('postern-chat');
  element.setAttribute('public-key', key);
  element.setAttribute('api', server);
  for (const name of attributes) {
    const value = tag.getAttribute(`data-${name}`);
    if (value !== null) element.setAttribute(name, value);
  }
  if (accent) element.style.setProperty('--postern-accent', accent);
  if (old) return;
  element.setAttribute(MARK, '');
  keepInBody(element, `postern-chat[${MARK}]`);
  // Where the element is registered already, it has drawn itself.
  if (element.shadowRoot) return;
  const language = pageLanguage(lang);
  const [chat, failed] = loaderWords[language];
  const root = element.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(launcherStyles);
  root.adoptedStyleSheets = [sheet];
  const button = drawLauncher(root, chat, label, directionOf(language));
  button.hidden = 'hideWhenBlocked' in tag.dataset;
  fetchWhenWanted({ element, button, root, failed, wishes: tag.dataset, url: `${server}/${POSTERN_CHAT}` });
}

function begin(): void {
  const tag = findTag();
  if (!tag) return;
  // A script in the head may run before there is a body; the type says that there always is one.
  if (document.body as HTMLElement | null) start(tag);
  else document.addEventListener('DOMContentLoaded', () => start(tag));
}

begin();
