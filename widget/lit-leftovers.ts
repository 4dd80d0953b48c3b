/**
 * What of Lit's code the chat never runs, by the file that it is in, and what stands there instead. The chat has one element
 * class, whose properties are strings or booleans, whose controllers come in the constructor, and which adopts its styles itself;
 * templates of HTML, with whole attributes of primitive values, listeners that stay functions, and templates, text or arrays
 * of them inside; directives on elements and children alone, never in each other. The widget's tests run on what is left. The
 * build fails when Lit no longer says what is named here: look at the new code then.
 */
type Leftover = readonly [from: string, to: string, instead: string];

/** All from the first text up to the second one, both included, by the file's path in `node_modules`. */
const leftovers: Readonly<Record<string, readonly Leftover[]>> = {
  '@lit/reactive-element/reactive-element.js': [
    ['getOwnPropertyDescriptor:h,', 'getOwnPropertySymbols:o,', 'keys:r,'],
    [',c=a.trustedTypes', ':""', ''],
    [
      'u={toAttribute(',
      'return i}},',
      'u={toAttribute:(t,s)=>s===Boolean?t?"":null:t,fromAttribute:(t,s)=>s===Boolean?null!==t:t},',
    ],
    [',b={attribute:!0,', 'hasChanged:f}', ''],
    ['Symbol.metadata??=', 'new WeakMap;', ''],
    ['static addInitializer(t){', '}', ''],
    [
      'static createProperty(t,s=b)',
      'static _$Ei',
      'static createProperty(t,s){this.elementProperties.set(t,s);const i=Symbol();e(this.prototype,t,{get(){return this[i]},set(e){const h=this[i];this[i]=e,this.requestUpdate(t,h,s)},configurable:!0,enumerable:!0})}static _$Ei',
    ],
    ['void 0!==t.l&&', '(this.l=[...t.l]),', ''],
    [
      'const t=this.properties,s=',
      'this.createProperty(i,t[i])',
      'const t=this.properties;for(const s of r(t))this.createProperty(s,t[s])',
    ],
    ['const t=this[Symbol.metadata]', 'set(t,i)}', ''],
    ['this.elementStyles=this.finalizeStyles', 'return i}', '}'],
    ['const i=s.attribute;return!1===i?', 'toLowerCase():void 0', 'return s.state?void 0:s.attribute??t.toLowerCase()'],
    [',this.constructor.l?.', 'forEach(t=>t(this))', ''],
    [',void 0!==this.renderRoot&&', 't.hostConnected?.()', ''],
    ['removeController(t){', '}', ''],
    [
      'const t=this.shadowRoot??',
      'elementStyles),t',
      'return this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions)',
    ],
    ['enableUpdating(t){', '}', ''],
    ['if(void 0!==e&&!0===i.reflect){const h=', '.toAttribute(s,i.type);', '{const h=u.toAttribute(s,i.type);'],
    ['const t=i.getPropertyOptions(e)', 'this._$Em=e;', 'const t=i.elementProperties.get(e);this._$Em=e;'],
    ['const r=h.fromAttribute(', '?.get(e)??r', 'this[e]=u.fromAttribute(s,t.type)'],
    [
      'requestUpdate(t,s,i,e=!1,h){',
      'this.C(t,s,i)}',
      'requestUpdate(t,s,i){if(void 0!==t){if(!f(this[t],s))return;this.C(t,s,i)}',
    ],
    [
      '{useDefault:i,reflect:e,wrapped:h},r){',
      '(this.hasUpdated||i||',
      '{reflect:e}){(this._$AL.has(t)||(this.hasUpdated||',
    ],
    [
      'const t=this.scheduleUpdate()',
      'if(!this.isUpdatePending)return;',
      'return this.performUpdate(),!this.isUpdatePending}performUpdate(){',
    ],
    ['const t=this.constructor.elementProperties;if(t.size>0)', 'this.C(s,void 0,i,e)}', ''],
    [
      'let t=!1;const s=this._$AL;',
      't&&this._$AE(s)}willUpdate(t){}',
      'const s=this._$AL;try{this.willUpdate(s),this._$EO?.forEach(t=>t.hostUpdate?.()),this.update(s)}catch(t){throw this._$EM(),t}this._$AE(s)}',
    ],
    [
      'get updateComplete(){return this.getUpdateComplete()}',
      'shouldUpdate(t){return!0}',
      'get updateComplete(){return this._$ES}',
    ],
    ['updated(t){}', 'firstUpdated(t){}', ''],
    ['y.elementStyles', '=[],', ''],
  ],
  // Each browser of the floor has style sheets of this kind.
  '@lit/reactive-element/css-tag.js': [[',e=t.ShadowRoot', 'in CSSStyleSheet.prototype', ',e=!0']],
  'lit-element/lit-element.js': [
    ['this.renderOptions={host:this},', 'this._$Do=void 0}', 'this.renderOptions={host:this}}'],
    ['createRenderRoot(){', 't.firstChild,t}', ''],
    ['this.hasUpdated||', '=this.isConnected),', ''],
    ['this._$Do=', 'e(r', 'e(r'],
    ['connectedCallback(){super', 'setConnected(!0)}', ''],
    ['disconnectedCallback(){super', 'setConnected(!1)}', ''],
    ['render(){', 'return r}', ''],
    ['i._$litElement$', '=!0,', ''],
  ],
  'lit-html/lit-html.js': [
    [',i=t=>t,s=', 't.trustedTypes', ',s=t.trustedTypes'],
    ['P=l.createTreeWalker(l', ',129)', 'P=l.createTreeWalker(t.document,129)'],
    ['l=2===i?"<svg>"', '"<math>":""', 'l=""'],
    ['+(2===i?"</svg>"', '"</math>":"")', ''],
    ['(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),', 'c=p)', 'c=p'],
    [
      '_$litType$:i},e){let r',
      'd=this.parts',
      '_$litType$:i}){let r;this.parts=[];let l=0,a=0;const u=t.length-1,d=this.parts',
    ],
    [
      'if(this.el=S.createElement(',
      't.replaceWith(...t.childNodes)}',
      'this.el=document.createElement("template"),this.el.innerHTML=f,P.currentNode=this.el.content;',
    ],
    ['if(r.has', 'Attributes())', ''],
    [',s=r.getAttribute(t)', '.split(o)', ''],
    [',strings:s', ',ctor', ',ctor'],
    ['if(y.test(r.tagName)){', 'r.append(t[i],c())}}', ''],
    ['else{let t=-1;', 't+=o.length-1}', ''],
    ['static createElement(', 'innerHTML=t,s}', ''],
    [
      'function M(t,i,s=t,e){',
      'h,e)),i}',
      'function M(t,i){const s=a(i)?void 0:i._$litDirective$;return t._$Cl?.constructor!==s&&(t._$Cl=s&&new s),s?t._$Cl._$AS(t,i.values):i}',
    ],
    ['class R{', 'get _$AU(){return this._$AM._$AU}', 'class R{constructor(t){this._$AV=[],this._$AD=t}'],
    ['(t?.creationScope', '??l)', 'l'],
    [
      '2===r.type?i=new k(',
      'Z(h,this,t)),',
      'i=2===r.type?new k(h,h.nextSibling,t):1===r.type?new r.ctor(h,r.name,t):new Z(h),',
    ],
    ['return P.currentNode', '=l', 'return P.currentNode=P.root'],
    ['void 0!==s&&(void 0!==s.strings?', 's._$AI(t[i]))', 's._$AI(t[i])'],
    ['class k{', 'return this._$AB}', 'class k{constructor(t,i,s){this._$AH=A,this._$AA=t,this._$AB=i,this.options=s}'],
    ['_$AI(t,i=this){t=M(', 't,i)', '_$AI(t){t=M(this,t)'],
    ['void 0!==t.nodeType?', 'this._(t)}', 'this.k(t)}'],
    ['T(t){this._$AH!==t', '(t))}', 'T(t){this._$AR(),this._$AH=this.O(t)}'],
    ['"number"==typeof s?', 'this.options)),s)', 'this._$AC(t)'],
    ['new R(e', ',this)', 'new R(e)'],
    [',this,this', '.options', ',this.options'],
    ['this._$AP?.(!1', 't=s}', ';t!==this._$AB;){const s=t.nextSibling;t.remove(),t=s}'],
    ['setConnected(t){', 'this._$AP?.(t))}', ''],
    [
      'class H{',
      '!e&&this.j(t)}',
      'class H{constructor(t,i,s){this._$AH=A,this.element=t,this.name=i,this.options=s}_$AI(t){t!==this._$AH&&(this._$AH=t,this.j(t))}',
    ],
    ['constructor(){super(...', 'this.type=3}', ''],
    ['constructor(){super(...', 'this.type=4}', ''],
    [
      'class z extends H{',
      'handleEvent(t)}}',
      'class z extends H{_$AI(t){this._$AH===A&&this.element.addEventListener(this.name,this),this._$AH=t}handleEvent(t){this._$AH.call(this.options.host,t)}}',
    ],
    ['class Z{', 'get _$AU(){return this._$AM._$AU}', 'class Z{constructor(t){this.element=t}'],
    [
      'const e=s?.renderBefore??i;',
      'return h._$AI(t),h',
      '(i._$litPart$??=new k(i.insertBefore(c(),null),null,s))._$AI(t)',
    ],
  ],
  'lit-html/directive.js': [['constructor(t){', 'this._$Ci=i}', '']],
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
