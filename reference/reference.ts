/**
 * Draws the reference on `/api/docs` from `/api/openapi.json`. Calls can't be tried out, and there is no field for a key: a secret has
 * no business in a browser, and a publishable key answers only to its own domains. So the page keeps nothing and sends nothing.
 */
import SwaggerUI, { type SwaggerUIPlugin } from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import './reference.css';

const documentPath = '/api/openapi.json';
const nothing = () => () => null;
/** The page's own head says what this is; servers and credentials are for trying out. A path is text: it stands in a button. */
const parts: SwaggerUIPlugin = {
  wrapComponents: {
    InfoContainer: nothing,
    ServersContainer: nothing,
    authorizeBtn: nothing,
    authorizeOperationBtn: nothing,
    DeepLink:
      () =>
      ({ text }) =>
        text,
  },
};

const place = document.querySelector('#reference');
if (place) await draw(place);

async function draw(place: Element): Promise<void> {
  const state = document.createElement('p');
  state.className = 'state';
  state.setAttribute('role', 'status');
  state.textContent = 'Loading the reference …';
  place.replaceChildren(state);
  let spec: unknown;
  try {
    const response = await fetch(documentPath);
    if (!response.ok) throw new Error(`${documentPath}: ${response.status}`);
    spec = await response.json();
  } catch {
    state.textContent = `The reference can’t be shown, because ${documentPath} could not be read. Reload the page to try again. The guides and the errors are here.`;
    return;
  }
  followColorScheme();
  const domNode = document.createElement('div');
  place.replaceChildren(domNode);
  nameChoices(domNode);
  SwaggerUI({
    domNode,
    spec,
    // The viewer would write an error's address anew.
    deepLinking: location.hash === '' || location.hash.startsWith('#/'),
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    defaultModelRendering: 'example',
    supportedSubmitMethods: [],
    validatorUrl: null,
    plugins: [parts],
    onComplete: showTarget,
  });
}

/** The viewer's dark colours hang on a class. */
function followColorScheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}

/** The viewer's choices between examples have a word beside them, and no name. */
function nameChoices(of: Element): void {
  const nameAll = () =>
    of.querySelectorAll('.examples-select-element:not([aria-label])').forEach((choice) => {
      choice.setAttribute('aria-label', 'Example');
    });
  new MutationObserver(nameAll).observe(of, { childList: true, subtree: true });
}

/** What was drawn has moved the error away that the address names. */
function showTarget(): void {
  const id = location.hash.slice(1);
  if (id !== '') document.getElementById(id)?.scrollIntoView();
}
