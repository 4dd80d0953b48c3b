/**
 * What of Lit's code the chat never runs, by the file that it is in, and what stands there instead: decorators, converters
 * of other types than string and boolean, `useDefault`, `styles` (the element adopts its own); templates of SVG and MathML,
 * parts inside comments, raw text and pieces of attributes, listeners with options, asynchronous directives. The build
 * fails when Lit no longer says what is named here: look at the new code then.
 */
type Leftover = readonly [from: string, to: string, instead: string];

/** All from the first text up to the second one, both included. */
const leftovers: Readonly<Record<string, readonly Leftover[]>> = {
  'reactive-element.js': [
    [',c=a.trustedTypes', ':""', ''],
    ['converter:u,', 'useDefault:!1,', ''],
    [
      'u={toAttribute(',
      'return i}},',
      'u={toAttribute:(t,s)=>s===Boolean?t?"":null:t,fromAttribute:(t,s)=>s===Boolean?null!==t:t},',
    ],
    ['Symbol.metadata??=', 'new WeakMap;', ''],
    ['const t=this[Symbol.metadata]', 'set(t,i)}', ''],
    ['static addInitializer(t){', '}', ''],
    ['void 0!==t.l&&', '(this.l=[...t.l]),', ''],
    [',this.constructor.l?.', 'forEach(t=>t(this))', ''],
    ['this.prototype.hasOwnProperty(t)&&', '.wrapped=!0),', ''],
    ['removeController(t){', '}', ''],
    [
      'const{get:e,set:r}=h(this.prototype,t)',
      'this.requestUpdate(t,h,i)}',
      'return{get(){return this[s]},set(e){const h=this[s];this[s]=e,this.requestUpdate(t,h,i)}',
    ],
    [
      't=this.shouldUpdate(s),t?(',
      'this.update(s)):this._$EM()',
      't=!0,this.willUpdate(s),this._$EO?.forEach(t=>t.hostUpdate?.()),this.update(s)',
    ],
    ['shouldUpdate(t){', '}', ''],
    [
      'get updateComplete(){return this.getUpdateComplete()}',
      'getUpdateComplete(){return this._$ES}',
      'get updateComplete(){return this._$ES}',
    ],
    ['static finalizeStyles(s){', 'return i}', ''],
    ['this.elementStyles=this.finalizeStyles', '(this.styles)', ''],
    ['return s(t,', 'this.constructor.elementStyles),t', 'return t'],
    ['y.elementStyles', '=[],', ''],
    ['(void 0!==i.converter?.toAttribute', 'i.converter:u)', 'u'],
    ['h="function"==typeof t.converter?', 't.converter:u;', 'h=u;'],
    ['r??this._$Ej', '?.get(e)??r', 'r'],
    ['||i.useDefault&&', 'this.hasAttribute(r._$Eu(t,i))', ''],
    [
      '{useDefault:i,reflect:e,wrapped:h},r){',
      '(this.hasUpdated||i||',
      '{reflect:e}){(this._$AL.has(t)||(this.hasUpdated||',
    ],
    ['const t=this.constructor.elementProperties;if(t.size>0)', 'this.C(s,void 0,i,e)}', ''],
  ],
  // Each browser of the floor has style sheets of this kind.
  'css-tag.js': [[',e=t.ShadowRoot', 'in CSSStyleSheet.prototype', ',e=!0']],
  'lit-element.js': [
    ['connectedCallback(){super', 'setConnected(!0)}', ''],
    ['disconnectedCallback(){super', 'setConnected(!1)}', ''],
    ['this.hasUpdated||', '=this.isConnected),', ''],
  ],
  'lit-html.js': [
    ['l=2===i?"<svg>"', '"<math>":""', 'l=""'],
    ['+(2===i?"</svg>"', '"</math>":"")', ''],
    [
      'if(this.el=S.createElement(',
      't.replaceWith(...t.childNodes)}',
      'this.el=S.createElement(f,e),P.currentNode=this.el.content;',
    ],
    ['(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),', 'c=p)', 'c=p'],
    ['if(y.test(r.tagName)){', 'r.append(t[i],c())}}', ''],
    ['else{let t=-1;', 't+=o.length-1}', ''],
    ['"number"==typeof s?', 'this.options)),s)', 'this._$AC(t)'],
    ['void 0!==s&&(void 0!==s.strings?', 's._$AI(t[i]))', 's&&s._$AI(t[i])'],
    ['h?._$AO?.', '(!1),', ''],
    ['get parentNode(){return', '}', ''],
    ['get parentNode(){let', '(t=i.parentNode),t}', ''],
    ['get startNode(){', 'get endNode(){return this._$AB}', ''],
    ['this._$AP?.(!1', ',!0,s)', ''],
    ['setConnected(t){', 'this._$AP?.(t))}', ''],
    ['get tagName(){', '}', ''],
    [',s.length>2||', ':this._$AH=A', ''],
    [
      'const h=this.strings;',
      'o&&!e&&this.j(t)',
      't=M(this,t,i,0),(!a(t)||t!==this._$AH&&t!==E)&&(this._$AH=t,this.j(t))',
    ],
    ['e=t===A&&s!==A||', '(s===A||e)', 'e=t===A&&s!==A,h=t!==A&&s===A'],
    [
      '"function"==typeof this._$AH?',
      ':this._$AH.handleEvent(t)',
      'this._$AH.call(this.options?.host??this.element,t)',
    ],
  ],
};

/** @throws when Lit doesn't say so. */
export function withoutLeftovers(file: string, code: string): string {
  return (leftovers[file] ?? []).reduce((rest, [from, to, instead]) => {
    const begin = rest.indexOf(from);
    const end = rest.indexOf(to, begin + from.length);
    if (begin < 0 || end < 0) throw new Error(`Lit has no “${from}…${to}” in ${file}; see lit-leftovers.ts.`);
    return rest.slice(0, begin) + instead + rest.slice(end + to.length);
  }, code);
}
