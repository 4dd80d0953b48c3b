/**
 * `widget.js`: one classic script in a function of its own. Draws the launcher, and has the chat fetched when the visitor
 * is about to use it. However often it runs, there is one launcher, and no name on the page.
 */
import { pageDirection, pageLanguage } from './i18n/language.ts';
import { keepOnPage } from './keep-on-page.ts';
import { launcherStyles } from './launcher-styles.ts';
import { drawLauncher } from './launcher.ts';
import { fetchWhenWanted } from './loader-fetch.ts';
import { loaderWords } from './loader-words.ts';
import { ofDocument } from './page.ts';
import { readTag, type Tag } from './tag-options.ts';

/** From the server's address to the chat; set by the build. */
declare const POSTERN_CHAT: string;

/** Options that are attributes of the element. A list, so that no `data-onclick` becomes an `onclick`. */
const attributes = [
  'agent',
  'label',
  'avatar',
  'greeting',
  'consent',
  'privacy-url',
  'lang',
  'position',
  'theme',
  'open',
  'remember',
  'hide-when-blocked',
];

function begin({ server, nonce, option }: Tag): void {
  const key = option('key');
  if (key === null) throw Error('No key: add data-key="pk_…" to the tag, or ?key=pk_….');
  // The newest thing that the chat can't do without; docs/embedding.md has the versions.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(launcherStyles);
  const old = ofDocument('querySelector')<HTMLElement>('postern-chat[data-from-tag]');
  const element = old ?? ofDocument('createElement')('postern-chat');
  element.setAttribute('data-from-tag', '');
  element.setAttribute('public-key', key);
  element.setAttribute('api', option('api') ?? server);
  for (const name of attributes) {
    const value = option(name);
    if (value !== null) element.setAttribute(name, value);
  }
  element.style.setProperty('--postern-accent', option('accent'));
  if (old) return;
  keepOnPage(element, (place) => {
    // Where the element is registered already, it has drawn itself.
    if (place.shadowRoot) return;
    const wish = option('lang') ?? '';
    const language = pageLanguage(wish);
    const [chat, failed] = loaderWords[language];
    const root = place.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const button = drawLauncher(root, chat, option('label') ?? '', pageDirection(language, wish));
    button.hidden = option('hide-when-blocked') !== null;
    fetchWhenWanted({ element: place, button, root, failed, option, nonce, url: `${server}/${POSTERN_CHAT}` });
  });
}

/** A browser that is too old, or a tag without a key, is one line in the console, and no error on the page. */
function tryToBegin(): void {
  try {
    begin(tag);
  } catch (error) {
    // eslint-disable-next-line no-console -- the owner of the page sees nothing else
    console.error('[postern] No chat here.', error);
  }
}

const tag = readTag();
// A script in the head may run before there is a body; the type says that there always is one.
if (ofDocument('body') as HTMLElement | null) tryToBegin();
else ofDocument('addEventListener')('DOMContentLoaded', tryToBegin);
