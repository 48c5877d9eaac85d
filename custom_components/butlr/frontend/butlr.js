var e=globalThis,t=e.ShadowRoot&&(e.ShadyCSS===void 0||e.ShadyCSS.nativeShadow)&&`adoptedStyleSheets`in Document.prototype&&`replace`in CSSStyleSheet.prototype,n=Symbol(),r=new WeakMap,i=class{constructor(e,t,r){if(this._$cssResult$=!0,r!==n)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,n=this.t;if(t&&e===void 0){let t=n!==void 0&&n.length===1;t&&(e=r.get(n)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),t&&r.set(n,e))}return e}toString(){return this.cssText}},a=e=>new i(typeof e==`string`?e:e+``,void 0,n),o=(e,...t)=>new i(e.length===1?e[0]:t.reduce((t,n,r)=>t+(e=>{if(!0===e._$cssResult$)return e.cssText;if(typeof e==`number`)return e;throw Error(`Value passed to 'css' function must be a 'css' function result: `+e+`. Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.`)})(n)+e[r+1],e[0]),e,n),s=(n,r)=>{if(t)n.adoptedStyleSheets=r.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let t of r){let r=document.createElement(`style`),i=e.litNonce;i!==void 0&&r.setAttribute(`nonce`,i),r.textContent=t.cssText,n.appendChild(r)}},c=t?e=>e:e=>e instanceof CSSStyleSheet?(e=>{let t=``;for(let n of e.cssRules)t+=n.cssText;return a(t)})(e):e,{is:l,defineProperty:u,getOwnPropertyDescriptor:d,getOwnPropertyNames:f,getOwnPropertySymbols:p,getPrototypeOf:m}=Object,h=globalThis,ee=h.trustedTypes,te=ee?ee.emptyScript:``,ne=h.reactiveElementPolyfillSupport,re=(e,t)=>e,ie={toAttribute(e,t){switch(t){case Boolean:e=e?te:null;break;case Object:case Array:e=e==null?e:JSON.stringify(e)}return e},fromAttribute(e,t){let n=e;switch(t){case Boolean:n=e!==null;break;case Number:n=e===null?null:Number(e);break;case Object:case Array:try{n=JSON.parse(e)}catch{n=null}}return n}},ae=(e,t)=>!l(e,t),oe={attribute:!0,type:String,converter:ie,reflect:!1,useDefault:!1,hasChanged:ae};Symbol.metadata??=Symbol(`metadata`),h.litPropertyMetadata??=new WeakMap;var g=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=oe){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(e,n,t);r!==void 0&&u(this.prototype,e,r)}}static getPropertyDescriptor(e,t,n){let{get:r,set:i}=d(this.prototype,e)??{get(){return this[t]},set(e){this[t]=e}};return{get:r,set(t){let a=r?.call(this);i?.call(this,t),this.requestUpdate(e,a,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??oe}static _$Ei(){if(this.hasOwnProperty(re(`elementProperties`)))return;let e=m(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(re(`finalized`)))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(re(`properties`))){let e=this.properties,t=[...f(e),...p(e)];for(let n of t)this.createProperty(n,e[n])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[e,n]of t)this.elementProperties.set(e,n)}this._$Eh=new Map;for(let[e,t]of this.elementProperties){let n=this._$Eu(e,t);n!==void 0&&this._$Eh.set(n,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let n=new Set(e.flat(1/0).reverse());for(let e of n)t.unshift(c(e))}else e!==void 0&&t.push(c(e));return t}static _$Eu(e,t){let n=t.attribute;return!1===n?void 0:typeof n==`string`?n:typeof e==`string`?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let n of t.keys())this.hasOwnProperty(n)&&(e.set(n,this[n]),delete this[n]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return s(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,n){this._$AK(e,n)}_$ET(e,t){let n=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,n);if(r!==void 0&&!0===n.reflect){let i=(n.converter?.toAttribute===void 0?ie:n.converter).toAttribute(t,n.type);this._$Em=e,i==null?this.removeAttribute(r):this.setAttribute(r,i),this._$Em=null}}_$AK(e,t){let n=this.constructor,r=n._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let e=n.getPropertyOptions(r),i=typeof e.converter==`function`?{fromAttribute:e.converter}:e.converter?.fromAttribute===void 0?ie:e.converter;this._$Em=r;let a=i.fromAttribute(t,e.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(e,t,n,r=!1,i){if(e!==void 0){let a=this.constructor;if(!1===r&&(i=this[e]),n??=a.getPropertyOptions(e),!((n.hasChanged??ae)(i,t)||n.useDefault&&n.reflect&&i===this._$Ej?.get(e)&&!this.hasAttribute(a._$Eu(e,n))))return;this.C(e,t,n)}!1===this.isUpdatePending&&(this._$ES=this._$EP())}C(e,t,{useDefault:n,reflect:r,wrapped:i},a){n&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,a??t??this[e]),!0!==i||a!==void 0)||(this._$AL.has(e)||(this.hasUpdated||n||(t=void 0),this._$AL.set(e,t)),!0===r&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[e,t]of this._$Ep)this[e]=t;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[t,n]of e){let{wrapped:e}=n,r=this[t];!0!==e||this._$AL.has(t)||r===void 0||this.C(t,void 0,n,r)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(t){throw e=!1,this._$EM(),t}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(e){}firstUpdated(e){}};g.elementStyles=[],g.shadowRootOptions={mode:`open`},g[re(`elementProperties`)]=new Map,g[re(`finalized`)]=new Map,ne?.({ReactiveElement:g}),(h.reactiveElementVersions??=[]).push(`2.1.2`);var se=globalThis,ce=e=>e,le=se.trustedTypes,ue=le?le.createPolicy(`lit-html`,{createHTML:e=>e}):void 0,de=`$lit$`,_=`lit$${Math.random().toFixed(9).slice(2)}$`,fe=`?`+_,pe=`<${fe}>`,v=document,me=()=>v.createComment(``),he=e=>e===null||typeof e!=`object`&&typeof e!=`function`,ge=Array.isArray,_e=e=>ge(e)||typeof e?.[Symbol.iterator]==`function`,ve=`[ 	
\f\r]`,ye=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,be=/-->/g,xe=/>/g,y=RegExp(`>|${ve}(?:([^\\s"'>=/]+)(${ve}*=${ve}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`,`g`),Se=/'/g,Ce=/"/g,we=/^(?:script|style|textarea|title)$/i,Te=e=>(t,...n)=>({_$litType$:e,strings:t,values:n}),b=Te(1),x=Te(2),S=Symbol.for(`lit-noChange`),C=Symbol.for(`lit-nothing`),Ee=new WeakMap,w=v.createTreeWalker(v,129);function De(e,t){if(!ge(e)||!e.hasOwnProperty(`raw`))throw Error(`invalid template strings array`);return ue===void 0?t:ue.createHTML(t)}var Oe=(e,t)=>{let n=e.length-1,r=[],i,a=t===2?`<svg>`:t===3?`<math>`:``,o=ye;for(let t=0;t<n;t++){let n=e[t],s,c,l=-1,u=0;for(;u<n.length&&(o.lastIndex=u,c=o.exec(n),c!==null);)u=o.lastIndex,o===ye?c[1]===`!--`?o=be:c[1]===void 0?c[2]===void 0?c[3]!==void 0&&(o=y):(we.test(c[2])&&(i=RegExp(`</`+c[2],`g`)),o=y):o=xe:o===y?c[0]===`>`?(o=i??ye,l=-1):c[1]===void 0?l=-2:(l=o.lastIndex-c[2].length,s=c[1],o=c[3]===void 0?y:c[3]===`"`?Ce:Se):o===Ce||o===Se?o=y:o===be||o===xe?o=ye:(o=y,i=void 0);let d=o===y&&e[t+1].startsWith(`/>`)?` `:``;a+=o===ye?n+pe:l>=0?(r.push(s),n.slice(0,l)+de+n.slice(l)+_+d):n+_+(l===-2?t:d)}return[De(e,a+(e[n]||`<?>`)+(t===2?`</svg>`:t===3?`</math>`:``)),r]},ke=class e{constructor({strings:t,_$litType$:n},r){let i;this.parts=[];let a=0,o=0,s=t.length-1,c=this.parts,[l,u]=Oe(t,n);if(this.el=e.createElement(l,r),w.currentNode=this.el.content,n===2||n===3){let e=this.el.content.firstChild;e.replaceWith(...e.childNodes)}for(;(i=w.nextNode())!==null&&c.length<s;){if(i.nodeType===1){if(i.hasAttributes())for(let e of i.getAttributeNames())if(e.endsWith(de)){let t=u[o++],n=i.getAttribute(e).split(_),r=/([.?@])?(.*)/.exec(t);c.push({type:1,index:a,name:r[2],strings:n,ctor:r[1]===`.`?Ne:r[1]===`?`?Pe:r[1]===`@`?Fe:Me}),i.removeAttribute(e)}else e.startsWith(_)&&(c.push({type:6,index:a}),i.removeAttribute(e));if(we.test(i.tagName)){let e=i.textContent.split(_),t=e.length-1;if(t>0){i.textContent=le?le.emptyScript:``;for(let n=0;n<t;n++)i.append(e[n],me()),w.nextNode(),c.push({type:2,index:++a});i.append(e[t],me())}}}else if(i.nodeType===8){if(i.data===fe)c.push({type:2,index:a});else{let e=-1;for(;(e=i.data.indexOf(_,e+1))!==-1;)c.push({type:7,index:a}),e+=_.length-1}}a++}}static createElement(e,t){let n=v.createElement(`template`);return n.innerHTML=e,n}};function T(e,t,n=e,r){if(t===S)return t;let i=r===void 0?n._$Cl:n._$Co?.[r],a=he(t)?void 0:t._$litDirective$;return i?.constructor!==a&&(i?._$AO?.(!1),a===void 0?i=void 0:(i=new a(e),i._$AT(e,n,r)),r===void 0?n._$Cl=i:(n._$Co??=[])[r]=i),i!==void 0&&(t=T(e,i._$AS(e,t.values),i,r)),t}var Ae=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:n}=this._$AD,r=(e?.creationScope??v).importNode(t,!0);w.currentNode=r;let i=w.nextNode(),a=0,o=0,s=n[0];for(;s!==void 0;){if(a===s.index){let t;s.type===2?t=new je(i,i.nextSibling,this,e):s.type===1?t=new s.ctor(i,s.name,s.strings,this,e):s.type===6&&(t=new Ie(i,this,e)),this._$AV.push(t),s=n[++o]}a!==s?.index&&(i=w.nextNode(),a++)}return w.currentNode=v,r}p(e){let t=0;for(let n of this._$AV)n!==void 0&&(n.strings===void 0?n._$AI(e[t]):(n._$AI(e,n,t),t+=n.strings.length-2)),t++}},je=class e{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,n,r){this.type=2,this._$AH=C,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=T(this,e,t),he(e)?e===C||e==null||e===``?(this._$AH!==C&&this._$AR(),this._$AH=C):e!==this._$AH&&e!==S&&this._(e):e._$litType$===void 0?e.nodeType===void 0?_e(e)?this.k(e):this._(e):this.T(e):this.$(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==C&&he(this._$AH)?this._$AA.nextSibling.data=e:this.T(v.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:n}=e,r=typeof n==`number`?this._$AC(e):(n.el===void 0&&(n.el=ke.createElement(De(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(t);else{let e=new Ae(r,this),n=e.u(this.options);e.p(t),this.T(n),this._$AH=e}}_$AC(e){let t=Ee.get(e.strings);return t===void 0&&Ee.set(e.strings,t=new ke(e)),t}k(t){ge(this._$AH)||(this._$AH=[],this._$AR());let n=this._$AH,r,i=0;for(let a of t)i===n.length?n.push(r=new e(this.O(me()),this.O(me()),this,this.options)):r=n[i],r._$AI(a),i++;i<n.length&&(this._$AR(r&&r._$AB.nextSibling,i),n.length=i)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let t=ce(e).nextSibling;ce(e).remove(),e=t}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},Me=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,n,r,i){this.type=1,this._$AH=C,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=i,n.length>2||n[0]!==``||n[1]!==``?(this._$AH=Array(n.length-1).fill(new String),this.strings=n):this._$AH=C}_$AI(e,t=this,n,r){let i=this.strings,a=!1;if(i===void 0)e=T(this,e,t,0),a=!he(e)||e!==this._$AH&&e!==S,a&&(this._$AH=e);else{let r=e,o,s;for(e=i[0],o=0;o<i.length-1;o++)s=T(this,r[n+o],t,o),s===S&&(s=this._$AH[o]),a||=!he(s)||s!==this._$AH[o],s===C?e=C:e!==C&&(e+=(s??``)+i[o+1]),this._$AH[o]=s}a&&!r&&this.j(e)}j(e){e===C?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??``)}},Ne=class extends Me{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===C?void 0:e}},Pe=class extends Me{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==C)}},Fe=class extends Me{constructor(e,t,n,r,i){super(e,t,n,r,i),this.type=5}_$AI(e,t=this){if((e=T(this,e,t,0)??C)===S)return;let n=this._$AH,r=e===C&&n!==C||e.capture!==n.capture||e.once!==n.once||e.passive!==n.passive,i=e!==C&&(n===C||r);r&&this.element.removeEventListener(this.name,this,n),i&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH==`function`?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},Ie=class{constructor(e,t,n){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(e){T(this,e)}},Le={M:de,P:_,A:fe,C:1,L:Oe,R:Ae,D:_e,V:T,I:je,H:Me,N:Pe,U:Fe,B:Ne,F:Ie},Re=se.litHtmlPolyfillSupport;Re?.(ke,je),(se.litHtmlVersions??=[]).push(`3.3.3`);var ze=(e,t,n)=>{let r=n?.renderBefore??t,i=r._$litPart$;if(i===void 0){let e=n?.renderBefore??null;r._$litPart$=i=new je(t.insertBefore(me(),e),e,void 0,n??{})}return i._$AI(e),i},Be=globalThis,E=class extends g{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=ze(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return S}};E._$litElement$=!0,E.finalized=!0,Be.litElementHydrateSupport?.({LitElement:E});var Ve=Be.litElementPolyfillSupport;Ve?.({LitElement:E}),(Be.litElementVersions??=[]).push(`4.2.2`);var He={attribute:!0,type:String,converter:ie,reflect:!1,hasChanged:ae},Ue=(e=He,t,n)=>{let{kind:r,metadata:i}=n,a=globalThis.litPropertyMetadata.get(i);if(a===void 0&&globalThis.litPropertyMetadata.set(i,a=new Map),r===`setter`&&((e=Object.create(e)).wrapped=!0),a.set(n.name,e),r===`accessor`){let{name:r}=n;return{set(n){let i=t.get.call(this);t.set.call(this,n),this.requestUpdate(r,i,e,!0,n)},init(t){return t!==void 0&&this.C(r,void 0,e,t),t}}}if(r===`setter`){let{name:r}=n;return function(n){let i=this[r];t.call(this,n),this.requestUpdate(r,i,e,!0,n)}}throw Error(`Unsupported decorator location: `+r)};function D(e){return(t,n)=>typeof n==`object`?Ue(e,t,n):((e,t,n)=>{let r=t.hasOwnProperty(n);return t.constructor.createProperty(n,e),r?Object.getOwnPropertyDescriptor(t,n):void 0})(e,t,n)}function O(e){return D({...e,state:!0,attribute:!1})}var We=(e,t,n)=>(n.configurable=!0,n.enumerable=!0,Reflect.decorate&&typeof t!=`object`&&Object.defineProperty(e,t,n),n);function k(e,t){return(n,r,i)=>{let a=t=>t.renderRoot?.querySelector(e)??null;if(t){let{get:e,set:t}=typeof r==`object`?n:i??(()=>{let e=Symbol();return{get(){return this[e]},set(t){this[e]=t}}})();return We(n,r,{get(){let n=e.call(this);return n===void 0&&(n=a(this),(n!==null||this.hasUpdated)&&t.call(this,n)),n}})}return We(n,r,{get(){return a(this)}})}}var Ge=e=>typeof e==`object`&&e&&`code`in e&&`message`in e?{code:e.code,message:String(e.message)}:{code:`unknown`,message:e instanceof Error?e.message:``},Ke=async(e,t,n,r)=>(await e.callService(t,n,r,void 0,!1,!0)).response,qe=(e,t)=>{e.dispatchEvent(new CustomEvent(`hass-more-info`,{detail:{entityId:t},bubbles:!0,composed:!0}))},Je=(e,t)=>{let n=t?.replace??!1;history[n?`replaceState`:`pushState`](null,``,e),window.dispatchEvent(new CustomEvent(`location-changed`,{detail:{replace:n}}))},A=(e,t)=>{customElements.get(e)||customElements.define(e,t)},Ye=6,Xe=(e,t,n)=>{let r=new Map,i=!1,a=t=>{let n=e.getBoundingClientRect();return[t.clientX-n.left,t.clientY-n.top]},o=e=>{if(!e.ctrlKey&&!e.metaKey&&!t.wheelZooms)return;e.preventDefault();let n=e.deltaMode===WheelEvent.DOM_DELTA_LINE?e.deltaY*16:e.deltaY,r=e.ctrlKey&&Math.abs(n)<30?.01:.002;t.viewport=t.viewport.zoomed(Math.exp(-n*r),...a(e))},s=e=>{(e.pointerType!==`mouse`||e.button===0)&&(r.size===0&&(i=!1),r.set(e.pointerId,a(e)))},c=n=>{let o=r.get(n.pointerId);if(!o)return;let s=a(n),[c]=[...r].filter(([e])=>e!==n.pointerId).map(([,e])=>e);if(c){let e=Math.hypot(s[0]-c[0],s[1]-c[1])/Math.max(1,Math.hypot(o[0]-c[0],o[1]-c[1])),n=[(s[0]+c[0])/2,(s[1]+c[1])/2];t.viewport=t.viewport.moved((s[0]-o[0])/2,(s[1]-o[1])/2).zoomed(e,...n)}else{if(t.viewport.zoom<=1||!i&&Math.hypot(s[0]-o[0],s[1]-o[1])<Ye)return;t.viewport=t.viewport.moved(s[0]-o[0],s[1]-o[1])}i||(i=!0,t.dragging=!0,e.setPointerCapture(n.pointerId)),r.set(n.pointerId,s)},l=e=>{r.delete(e.pointerId),r.size===0&&(t.dragging=!1)};e.addEventListener(`wheel`,o,{signal:n,passive:!1}),e.addEventListener(`pointerdown`,s,{signal:n}),e.addEventListener(`pointermove`,c,{signal:n}),e.addEventListener(`pointerup`,l,{signal:n}),e.addEventListener(`pointercancel`,l,{signal:n}),e.addEventListener(`click`,e=>{i&&(i=!1,e.stopPropagation())},{signal:n,capture:!0})},Ze=`M14.12,10H19V8.2H15.38L13.38,4.87C13.08,4.37 12.54,4.03 11.92,4.03C11.74,4.03 11.58,4.06 11.42,4.11L6,5.8V11H7.8V7.33L9.91,6.67L6,22H7.8L10.67,13.89L13,17V22H14.8V15.59L12.31,11.05L13.04,8.18M14,3.8C15,3.8 15.8,3 15.8,2C15.8,1 15,0.2 14,0.2C13,0.2 12.2,1 12.2,2C12.2,3 13,3.8 14,3.8Z`,Qe=`M11 7L9.6 8.4L12.2 11H2V13H12.2L9.6 15.6L11 17L16 12L11 7M20 19H12V21H20C21.1 21 22 20.1 22 19V5C22 3.9 21.1 3 20 3H12V5H20V19Z`,$e=`M17 7L15.59 8.41L18.17 11H8V13H18.17L15.59 15.58L17 17L22 12M4 5H12V3H4C2.9 3 2 3.9 2 5V19C2 20.1 2.9 21 4 21H12V19H4V5Z`,et=`M19,13H13V19H11V13H5V11H11V5H13V11H19V13Z`,tt=`M19,13H5V11H19V13Z`,nt=`M9.5,13.09L10.91,14.5L6.41,19H10V21H3V14H5V17.59L9.5,13.09M10.91,9.5L9.5,10.91L5,6.41V10H3V3H10V5H6.41L10.91,9.5M14.5,13.09L19,17.59V14H21V21H14V19H17.59L13.09,14.5L14.5,13.09M13.09,9.5L17.59,5H14V3H21V10H19V6.41L14.5,10.91L13.09,9.5Z`,rt={number:null,fewerThan:null},it=({number:e,fewerThan:t})=>t===null?e??0:t-1,at=(e,t,n=[])=>{if(t===0||e===null||e===0)return{number:e,fewerThan:null};let r=ot(n).fewerThan??t;return e<r?{number:null,fewerThan:r}:{number:e,fewerThan:null}},ot=e=>{let t=e.reduce((e,t)=>e+it(t),0);return e.some(({fewerThan:e})=>e!==null)?{number:null,fewerThan:t+1}:{number:t,fewerThan:null}},st=(e,t,n,r=rt)=>{let i=n===0||e===null||t===null?0:Math.abs(e-t),a=i>0&&i<(r.fewerThan??n);return{entries:at(e,n),exits:a?rt:at(t,n)}},ct=(e,t)=>t===0||e<=0?e:e<t?null:t*Math.floor(e/t+.5),j=(e,{number:t,fewerThan:n})=>n===null?t===null?void 0:e.number(t):lt(e.number(n)),lt=e=>`<${e}`,ut=6e5,dt=[`partial`,`stale`],ft=(e,t,n,r,i)=>{let a=e.spaces.some(e=>e.estimated),o=e.spaces.some(e=>e.entities.motion!==void 0);return b`
    <div class="foot" part="foot">
      <ul class="legend" aria-label=${t.text(`map.legend`)}>
        ${Object.keys(n).map(e=>b`<li style="--status: ${n[e].color}">${mt(n[e].icon)}${t.text(`status.${e}`)}</li>`)}
        ${o?b`<li>${mt(Ze)}${t.text(`map.motion`)}</li>`:C}
        ${a?b`<li><span class="sample" aria-hidden="true">≈</span>${t.text(`map.estimate`)}</li>`:C}
        ${e.smallest_group>0?b`<li><span class="sample" aria-hidden="true">${lt(``)}</span>${t.text(`map.small_groups`)}</li>`:C}
        ${dt.filter(t=>e.spaces.some(e=>e.doubt===t)).map(e=>b`<li><span class="sample" aria-hidden="true">▥</span>${t.text(`doubt.${e}`)}</li>`)}
        ${i}
      </ul>
      ${r===void 0?C:pt(new Date(r*1e3),t)}
    </div>
  `},pt=(e,t)=>b`<span class="as-of ${Date.now()-e.getTime()>ut?`old`:``}">${t.text(`map.as_of`,{time:t.moment(e)})}</span>`,mt=e=>b`<svg class="sample" viewBox="0 0 24 24" aria-hidden="true"><path d=${e}></path></svg>`,M=1e3,ht=1.2,gt=e=>String(Math.round(e*100)/100),_t=(e,t,n)=>{let r=[];return e.forEach(([i,a],o)=>{let s=e.at(o-1)??[i,a],c=e[(o+1)%e.length]??[i,a],l=vt([i,a],s,t),u=vt([i,a],c,t),d=[l,[i,a],u].map(([e,t])=>`${gt(e*n)} ${gt(t*n)}`);r.push(`${o===0?`M`:`L`}${d[0]??``}Q${d[1]??``} ${d[2]??``}`)}),`${r.join(``)}Z`},vt=(e,t,n)=>{let[r,i]=[t[0]-e[0],t[1]-e[1]],a=Math.hypot(r,i),o=a>0?Math.min(n/a,.5):0;return[e[0]+r*o,e[1]+i*o]},yt=(e,t)=>{let n=e.reduce((t,[n,r],i)=>{let[a,o]=e[(i+1)%e.length]??[n,r];return t+n*o-a*r},0),r=Math.sign(n)*t;return e.map((t,n)=>{let i=bt(e.at(n-1)??t,t),a=bt(t,e[(n+1)%e.length]??t),o=Math.max(.3,1+i[0]*a[0]+i[1]*a[1]);return[t[0]+r*(i[0]+a[0])/o,t[1]+r*(i[1]+a[1])/o]})},bt=([e,t],[n,r])=>{let i=Math.hypot(n-e,r-t)||1;return[-(r-t)/i,(n-e)/i]},xt=e=>{let t={left:1/0,top:1/0,right:-1/0,bottom:-1/0};for(let[n,r]of e)t.left=Math.min(t.left,n),t.right=Math.max(t.right,n),t.top=Math.min(t.top,r),t.bottom=Math.max(t.bottom,r);return t},St=e=>{let t=e.shapes.map(e=>xt(e.outline)),n=new Map;return e.shapes.forEach((r,i)=>{let{x:a,y:o}=r.word,s=Ct(r,a,o);for(let t of e.doors)t.space_id===r.id&&t.y>o&&(s=Math.min(s,t.y-t.size));for(let e of t.slice(i+1))e.top>o&&e.top<s&&e.left<a+r.word.size*5&&e.right>a-r.word.size*5&&(s=e.top);n.set(r.id,s-o)}),n},Ct=({outline:e},t,n)=>{let r=1/0;return e.forEach(([i,a],o)=>{let[s,c]=e[(o+1)%e.length]??[i,a];if(i<=t==s<=t)return;let l=a+(t-i)*(c-a)/(s-i);l>n&&(r=Math.min(r,l))}),Number.isFinite(r)?r:n},wt=(e,t,n)=>{let r=t[n];return r===void 0?void 0:e[r]},Tt=(e,t,n)=>{let r=wt(e,t,n)?.state;if(r===void 0||r.trim()===``)return null;let i=Number(r);return Number.isFinite(i)?i:null},Et=(e,t,n)=>{let r=/^([0-9]{1,9})(?:\.0+)?$/.exec(wt(e,t,n)?.state??``);return r?Number(r[1]):null},N=(e,t)=>{switch(wt(e,t,`occupancy`)?.state){case`on`:return`occupied`;case`off`:return`free`;case`unavailable`:return`unavailable`;default:return`unknown`}},P=e=>e.estimated??(e.entities.people===void 0&&e.entities.people_estimate!==void 0),Dt=(e,t)=>{if(`buildings`in e)return e.buildings;if(!(`floors`in e)&&!(`spaces`in e))return kt(t).get(e.id)??[];let n=P(e);return(`floors`in e?e.floors:kt(e.spaces).get(null)??[]).filter(e=>n||!P(e))},Ot=new WeakMap,kt=e=>{let t=Ot.get(e);if(t)return t;Ot.set(e,t=new Map);let n=new Set(e.filter(({estimated:e,entities:t})=>!e&&t.people!==void 0).map(({id:e})=>e));for(let r of e){let{room_id:e}=r,i=e===null?[null]:n.has(e)?[e]:[e,null];for(let e of i){let n=t.get(e);n?n.push(r):t.set(e,[r])}}return t},F=(e,t,n=[])=>at(Et(e,t.entities,P(t)?`people_estimate`:`people`),t.smallest_group,At(e,t,n)),At=(e,t,n)=>{if(t.smallest_group===0)return[];let r=`spaces`in t?t.spaces:n;return Dt(t,r).map(t=>F(e,t,r))},jt=(e,t,n=[])=>{let r=Tt(e,t.entities,`utilization`),{capacity:i,smallest_group:a}=t;if(r===null||i===null||a===0)return{number:r,fewerThan:null};let{fewerThan:o}=at(Math.round(r*i/100),a,At(e,t,n));return o===null?{number:r,fewerThan:null}:{number:null,fewerThan:100*o/i}},Mt=(e,t,n=[])=>st(Et(e,t.entities,`entries_today`),Et(e,t.entities,`exits_today`),t.smallest_group,F(e,t,n)),Nt=(e,t,n=[])=>{let{entities:r,estimated:i}=t,a=N(e,r),o=a!==`unavailable`,s=wt(e,r,`occupancy`)?.last_changed;return{status:a,people:o?F(e,t,n):rt,estimated:i,motion:o&&wt(e,r,`motion`)?.state===`on`,since:s!==void 0&&!Pt(a)?new Date(s):null,...Mt(e,t,n)}},Pt=e=>e===`unknown`||e===`unavailable`,Ft=(e,t)=>Pt(e)?e:t?`doubt`:null,It=e=>{let{entities:t,estimated:n}=e;return e.smallest_group>0&&t.occupancy!==void 0?t.occupancy:(n?t.people_estimate:t.people)??t.occupancy??Object.values(t)[0]},Lt=(e,t,n)=>!e||e.states!==t.states&&n.some(n=>e.states[n]!==t.states[n]),Rt=(e,{people:t,estimated:n})=>t.fewerThan===null?t.number===null?``:e.count(n?`map.about`:`map.people`,t.number):e.text(`map.fewer_than`,{count:t.fewerThan}),zt=(e,t,n)=>{let{status:r,estimated:i,motion:a,since:o,entries:s,exits:c}=n,l=[e.text(`status.${r}`)];t.doubt&&!Pt(r)&&l.push(e.text(`doubt.${t.doubt}`));let u=Rt(e,n);u&&l.push(u),t.capacity!==null&&l.push(e.text(`map.capacity`,{count:t.capacity})),a&&l.push(e.text(`map.motion`)),o&&l.push(e.text(`map.since`,{time:e.moment(o)}));for(let[t,n]of[[`map.entries`,s],[`map.exits`,c]]){let r=j(e,n);r!==void 0&&l.push(e.text(t,{count:r}))}return u&&i&&l.push(e.text(`map.estimate`)),l},Bt=(e,t,n)=>`${t.name}: ${zt(e,t,n).join(`, `)}`,Vt=(e,t)=>{let n=e.sameDay(t,new Date)?e.time(t):e.date(t,{month:`short`,day:`numeric`});return e.text(`map.since`,{time:n})},Ht=`http://www.w3.org/2000/svg`,Ut=7.5,Wt=22,Gt=30,I=24,Kt=.58,qt=5.8,Jt=10,Yt=.0012,Xt=.72,Zt=class{#e;#t;#n;#r;#i;#a;#o;#s;#c;#l;#u;#d;#f;#p;constructor(e,t,n,r,i,a,o){this.space=e,this.element=document.createElementNS(Ht,`g`),this.labels=document.createElementNS(Ht,`g`),this.target=document.createElementNS(Ht,`path`),this.#e=document.createElementNS(Ht,`g`),this.#d=1,this.#f=1,this.#p=``,this.#c=o,this.#t=t,this.#n=a,this.#r=n,this.#i=r,this.#a=`clip-${i}`,this.#o=/[^ -\u024f\u2010-\u2026]/.test(t.name.lines.join(``));let s=e.smallest_group>0?Dt(e,o):[];this.#s=[e,...s].flatMap(({entities:e})=>Object.values(e));let{unit:c,layout:l}=a,u=M/c;this.path=_t(yt(t.outline,Yt*u),(l===`tiles`?.012:.004)*u,c);let d=t.name.y-.9*t.name.size,f=t.word.y+.3*t.word.size;this.middle=[t.value.x*c,(d+f)/2*c];let p=xt(t.outline);this.halfHeight=Math.max(p.bottom*c-this.middle[1],this.middle[1]-p.top*c),this.element.setAttribute(`class`,`space ${e.kind}`),this.element.dataset.space=e.id,this.target.setAttribute(`class`,`target`),this.target.setAttribute(`role`,a.passive?`listitem`:`button`),a.passive||this.target.setAttribute(`tabindex`,`-1`),this.target.setAttribute(`d`,this.path),this.#e.setAttribute(`aria-hidden`,`true`),this.labels.dataset.labels=e.id,this.element.append(this.#e,this.target)}get reading(){return this.#u}update(e){let t=this.#l;return t&&this.#s.every((n,r)=>t[r]===e[n])?!1:(this.#l=this.#s.map(t=>e[t]),this.#u=Nt(e,this.space,this.#c),this.#g(this.#u),!0)}rescale(e,t){this.#d=e;let n=this.#t.name.size*this.#n.unit*e,r=this.#f;this.#f=Math.min(1,Math.max(Gt,n/t)/n);let i=this.#h(e);i===this.#p?r!==this.#f&&this.#m():(this.#p=i,this.#u&&this.#g(this.#u))}#m(){for(let e of this.labels.querySelectorAll(`.keep`)){let{x:t=`0`,y:n=`0`}=e.dataset;e.setAttribute(`transform`,`translate(${t} ${n}) scale(${this.#f}) translate(${-Number(t)} ${-Number(n)})`)}}refresh(){this.#u&&this.#g(this.#u)}#h(e){let{name:t,word:n}=this.#t,r=t=>t*this.#n.unit*e;if(r(n.size)>=Ut)return this.#i>(Xt*1.2+.55)*n.size&&r(n.size*Xt)>=Ut?`since`:`word`;let i=Math.round(Math.log2(e)*4);return r(t.size)>=Ut?`name ${i}`:`value ${i}`}#g(e){let{texts:t}=this.#n,{element:n}=this;this.target.setAttribute(`aria-label`,Bt(t,this.space,e)),n.dataset.status=e.status,n.dataset.people=e.people.number===null?``:String(e.people.number),n.dataset.doubt=this.space.doubt??``,n.dataset.motion=String(e.motion);let{color:r}=this.#n.statuses[e.status];for(let t of[this.#e,this.labels])t.setAttribute(`class`,Ft(e.status,this.space.doubt)?`${e.status} hatched`:e.status),t.setAttribute(`style`,`--status:${r}`);ze(this.#_(e),this.#e),ze(this.#v(e),this.labels),this.#m()}#_({status:e}){let{overPlan:t}=this.#n,n=Ft(e,this.space.doubt);return x`
      ${t||this.space.kind===`zone`?x`<path class="ground" d=${this.path}></path>`:C}
      <path class="edge" d=${this.path}></path>
      ${n?x`<path class="hatch" d=${this.path} fill="url(#hatch-${n})"></path>`:C}
    `}#v(e){let{texts:t,unit:n}=this.#n,{word:r}=this.#t,i=this.#r,{status:a,since:o}=e,s=this.#p.split(` `)[0],c=s!==`value`,l=s===`word`||s===`since`,u=r.size*n;return x`
      ${this.#o?x`<clipPath id=${this.#a}><path d=${this.path}></path></clipPath>`:C}
      <g clip-path=${this.#o?`url(#${this.#a})`:C}><g class="keep" data-x=${this.middle[0]} data-y=${this.middle[1]}>
        ${c?this.#y():C}
        ${this.#b(e,c,l)}
        ${l?$t(`word`,r.x*n,r.y*n,u,t.text(`status.${a}`)):C}
        ${s===`since`&&o?$t(`since`,r.x*n,(r.y+r.size*Xt*ht)*n,u*Xt,Vt(t,o)):C}
      </g></g>
      ${l&&i?x`<g class="keep" data-x=${i.x*n} data-y=${i.y*n}>${en(i,e,this.#n)}</g>`:C}
    `}#y(){let{unit:e}=this.#n,{x:t,y:n,size:r,lines:i}=this.#t.name;return x`${i.map((i,a)=>$t(`name`,t*e,(n+a*ht*r)*e,r*e,i))}`}#b(e,t,n){let{texts:r,statuses:i,unit:a}=this.#n,{value:o,badge:s,name:c,word:l}=this.#t,u=j(r,e.people),d=u===void 0?``:`${e.estimated?`≈`:``}${u}`,f=1+(d?.2+Kt*d.length:0),p=f+(e.motion?.9:0),{size:m,y:h}=o;if(n)m*=Math.min(1,4/f);else{let e=t?c.y+((c.lines.length-1)*ht+.3)*c.size:c.y-.9*c.size,n=l.y+.3*l.size,r=Math.max(qt*o.size,Jt*l.size),i=Math.max(o.size,Wt/(a*this.#d));m=Math.min((n-e)*.9,r*.9/p,i),h=(e+n)/2+.37*m}let ee=-(n?f:p)/2,te=n?Qt(s,o,m):-ee-.8;return x`<g class="value" transform="translate(${o.x*a} ${h*a}) scale(${m*a/I})">
      <path class="icon" d=${i[e.status].icon} transform="translate(${ee*I} ${-.86*I})"></path>
      ${d?x`<text x=${(ee+1.2)*I} y="0" font-size=${I}>${d}</text>`:C}
      ${e.motion?x`<path class="motion" d=${Ze} transform="translate(${te*I} ${-.76*I}) scale(0.8)"></path>`:C}
    </g>`}},Qt=(e,t,n)=>(e.x-t.x)/n-.4,$t=(e,t,n,r,i)=>x`<text class=${e} x=${t} y=${n} font-size=${r}>${i}</text>`,en=({x:e,y:t,size:n},{entries:r,exits:i},{texts:a,unit:o})=>{let s=[{icon:Qe,shown:j(a,r)??`?`},{icon:$e,shown:j(a,i)??`?`}],c=s.map(({shown:e})=>1.15+Kt*e.length),l=.7,u=-((c[0]??0)+l+(c[1]??0))/2;return x`<g class="door" transform="translate(${e*o} ${t*o}) scale(${n*o/I})">
    ${s.map(({icon:e,shown:t},n)=>{let r=u;return u+=(c[n]??0)+l,x`<path d=${e} transform="translate(${r*I} ${-.84*I})"></path>
        <text x=${(r+1.15)*I} y="0" font-size=${I}>${t}</text>`})}
  </g>`},tn=o`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    color: var(--primary-text-color, #212121);
    font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
    --ground: var(--card-background-color, var(--ha-card-background, #fff));
    --quiet: var(--secondary-text-color, #5e5e5e);
    --line: var(--divider-color, #e0e0e0);
    --accent: var(--primary-color, #009ac7);
  }
  .viewport {
    position: relative;
    flex: 1 1 auto;
    min-height: 0;
    max-height: var(--butlr-map-max-height, 80vh);
    overflow: hidden;
    touch-action: pan-x pan-y;
    user-select: none;
    -webkit-user-select: none;
  }
  .viewport.zoomed {
    cursor: grab;
    touch-action: none;
  }
  .viewport.dragging,
  .viewport.dragging .target {
    cursor: grabbing;
  }
  svg.map {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    display: block;
    will-change: transform;
  }
  svg.map:focus {
    outline: none;
  }
  image {
    opacity: 0.7;
  }
  .dark image {
    filter: invert(1) hue-rotate(180deg);
  }
  .target {
    fill: none;
    outline: none;
    pointer-events: all;
    cursor: pointer;
  }
  .passive .target {
    cursor: default;
  }
  .ground {
    fill: var(--ground);
  }
  .over-plan .ground {
    fill-opacity: 0.5;
  }
  .edge {
    fill: var(--status);
    fill-opacity: 0.13;
    stroke: var(--status);
    stroke-width: 1.5px;
    vector-effect: non-scaling-stroke;
  }
  .occupied .edge {
    fill-opacity: 0.24;
  }
  .unknown .edge,
  .unavailable .edge {
    fill-opacity: 0.06;
  }
  .hatch {
    pointer-events: none;
  }
  .viewport:not(.passive) .space:hover .edge {
    fill-opacity: 0.34;
  }
  .zone .edge {
    stroke-dasharray: 6 4;
  }
  .ring {
    fill: none;
    stroke: var(--accent);
    stroke-width: 4px;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
    pointer-events: none;
  }
  text {
    fill: currentColor;
    text-anchor: middle;
    pointer-events: none;
    unicode-bidi: plaintext;
  }
  .name {
    font-weight: 500;
  }
  .hatched text {
    paint-order: stroke;
    stroke: var(--ground);
    stroke-width: 0.22em;
    stroke-linejoin: round;
  }
  .since {
    fill: var(--quiet);
  }
  .labels,
  .door,
  .overlay {
    pointer-events: none;
  }
  .value text,
  .door text {
    direction: ltr;
    text-anchor: start;
    font-variant-numeric: tabular-nums;
  }
  .value text {
    font-weight: 600;
  }
  .icon {
    fill: color-mix(in srgb, var(--status) 85%, currentColor);
  }
  .motion {
    fill: currentColor;
  }
  .door path,
  .door text {
    fill: var(--quiet);
  }
  .buttons {
    position: absolute;
    inset-block-end: 8px;
    inset-inline-end: 8px;
    display: flex;
    flex-direction: column;
    border-radius: 12px;
    overflow: hidden;
    background: var(--ground);
    box-shadow: 0 1px 4px rgb(0 0 0 / 25%);
    opacity: 0;
    transition: opacity 0.15s;
  }
  .viewport:hover .buttons,
  .viewport:focus-within .buttons,
  .zoomed .buttons {
    opacity: 1;
  }
  button {
    display: grid;
    place-items: center;
    width: 36px;
    height: 36px;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    cursor: pointer;
  }
  button + button {
    border-top: 1px solid var(--line);
  }
  button:hover:enabled {
    background: color-mix(in srgb, currentColor 8%, transparent);
  }
  button:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
    border-radius: 12px;
  }
  button:disabled {
    cursor: default;
  }
  button:disabled svg {
    opacity: 0.35;
  }
  button svg {
    width: 20px;
    height: 20px;
    fill: currentColor;
  }
  .tip {
    position: absolute;
    z-index: 1;
    display: none;
    box-sizing: border-box;
    width: max-content;
    max-width: min(240px, 100%);
    padding: 8px 12px;
    transform: translate(-50%, -100%);
    border-radius: 10px;
    background: var(--ground);
    box-shadow: 0 2px 10px rgb(0 0 0 / 35%);
    outline: 1px solid var(--line);
    font-size: 13px;
    line-height: 1.45;
    pointer-events: none;
  }
  .tip.below {
    transform: translate(-50%, 0);
  }
  .tip.shown {
    display: block;
  }
  .tip strong {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    overflow-wrap: anywhere;
    font-size: 14px;
    font-weight: 500;
  }
  .tip ul {
    margin: 0;
    padding: 0;
    list-style: none;
    color: var(--quiet);
  }
  .note {
    margin: 8px 0 0;
    color: var(--quiet);
    font-size: 13px;
    line-height: 1.4;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 4px 20px;
    padding-top: 10px;
    color: var(--quiet);
    font-size: 12px;
    line-height: 1.5;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .legend li {
    display: inline-flex;
    align-items: center;
    gap: 5px;
  }
  .sample {
    width: 16px;
    height: 16px;
    fill: var(--status, currentColor);
    text-align: center;
  }
  .people {
    pointer-events: none;
    opacity: 0.9;
  }
  .people path {
    stroke: var(--accent);
    stroke-linecap: round;
    stroke-width: 9px;
    vector-effect: non-scaling-stroke;
  }
  .people .halo {
    stroke: var(--ground);
    stroke-width: 13px;
  }
  .sample.person {
    fill: var(--accent);
  }
  .people .old {
    opacity: 0;
    transition: opacity 1s;
  }
  .live {
    flex-wrap: wrap;
  }
  button.switch {
    width: auto;
    height: auto;
    min-height: 24px;
    padding: 2px 10px;
    border: 1px solid var(--line);
    border-radius: 12px;
    font: inherit;
  }
  button.switch[aria-pressed="true"] {
    border-color: var(--accent);
  }
  .as-of {
    margin-inline-start: auto;
    white-space: nowrap;
  }
  .as-of.old {
    color: var(--error-color, #db4437);
    font-weight: 500;
  }
  @media (hover: none) {
    .buttons {
      opacity: 1;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .buttons,
    .people .old {
      transition: none;
    }
  }
  @media print {
    .buttons,
    .tip.shown {
      display: none;
    }
  }
`,nn=240,rn=6,an=(e,t,n,r)=>{let i=t?.reading!==void 0&&r!==void 0;if(e.classList.toggle(`shown`,i),!i)return;let[a,o]=n.pixel(...t.middle),{width:s,height:c}=n.element,l=Math.min(nn,s)/2;e.style.left=`${Math.min(Math.max(a,l),Math.max(l,s-l))}px`;let u=t.halfHeight*n.scale+rn,d=o<c/2;e.style.top=`${Math.min(Math.max(d?o+u:o-u,0),c)}px`,e.classList.toggle(`below`,d),ze(b`<strong dir="auto">${t.space.name}</strong>
      <ul>
        ${zt(r,t.space,t.reading).map(e=>b`<li>${e}</li>`)}
      </ul>`,e)},on=20,sn=class e{constructor(e,t,n,r,i){this.drawing=e,this.element=t,this.zoom=n,this.x=r,this.y=i}static fit(t,n={width:0,height:0}){return new e(t,n,1,t.width/2,t.height/2)}get scale(){let{drawing:e,element:t}=this;return!t.width||!t.height?this.zoom:this.zoom*Math.min(t.width/e.width,t.height/e.height)}get viewBox(){let{width:e,height:t}=this.#e;return[this.x-e/2,this.y-t/2,e,t].map(e=>String(Math.round(e*1e3)/1e3)).join(` `)}get#e(){let{drawing:e,element:t,scale:n}=this;return!t.width||!t.height?{width:e.width/n,height:e.height/n}:{width:t.width/n,height:t.height/n}}at(e,t){let{element:n,scale:r}=this;return[this.x+(e-n.width/2)/r,this.y+(t-n.height/2)/r]}pixel(e,t){let{element:n,scale:r}=this;return[(e-this.x)*r+n.width/2,(t-this.y)*r+n.height/2]}resized(t){return new e(this.drawing,t,this.zoom,this.x,this.y).#t()}zoomed(t,n=this.element.width/2,r=this.element.height/2){let i=Math.min(on,Math.max(1,this.zoom*t)),[a,o]=this.at(n,r),s=this.zoom/i;return new e(this.drawing,this.element,i,a+(this.x-a)*s,o+(this.y-o)*s).#t()}moved(t,n){let{scale:r}=this;return new e(this.drawing,this.element,this.zoom,this.x-t/r,this.y-n/r).#t()}showing(t,n){let{width:r,height:i}=this.#e,a=(e,t,n)=>Math.min(Math.max(t,e-n*.4),e+n*.4);return new e(this.drawing,this.element,this.zoom,a(t,this.x,r),a(n,this.y,i)).#t()}#t(){let{drawing:t}=this,n=this.#e,r=(e,t,n)=>t>=n?n/2:Math.min(Math.max(e,t/2),n-t/2),i=r(this.x,n.width,t.width),a=r(this.y,n.height,t.height);return new e(t,this.element,this.zoom,i,a)}},cn=(e,t,[n,r])=>{let i=e.get(t);if(!i)return;let a,o=1/0;for(let[s,[c,l]]of e){let e=(c-i[0])*n+(l-i[1])*r,u=Math.abs((c-i[0])*r)+Math.abs((l-i[1])*n);if(s===t||e<=0||u>e*2)continue;let d=e+2*u;d<o&&([a,o]=[s,d])}return a},ln=new Set,un,dn=()=>{let e=[...ln];ln.clear(),un=e.length>0?setTimeout(dn,150):void 0;for(let t of e)t()},fn=e=>{ln.add(e),un??=setTimeout(dn)},pn=e=>{ln.delete(e)},mn=class{constructor(e){this.organizations=new Map,this.buildings=new Map,this.floors=new Map,this.spaces=new Map;for(let t of e.organizations){this.organizations.set(t.id,t);for(let e of t.buildings){this.buildings.set(e.id,{organization:t,building:e});for(let n of e.floors){this.floors.set(n.id,{organization:t,building:e,floor:n});for(let r of n.spaces)this.spaces.set(r.id,{organization:t,building:e,floor:n,space:r})}}}}},hn=new WeakMap,L=e=>{let t=hn.get(e);return t||hn.set(e,t=new mn(e)),t},gn=[1,2,5,10,30],_n=2,vn=250,yn=1e4,bn=30,xn=e=>{Promise.resolve(e()).catch(()=>void 0)},Sn=(e,t)=>{let n=e=>e.spaces.every(({id:e,doubt:n})=>t[e]===n)?e:{...e,spaces:e.spaces.map(e=>t[e.id]===e.doubt?e:{...e,doubt:t[e.id]})},r=e.organizations.map(e=>{let t=e.buildings.map(e=>{let t=e.floors.map(n);return t.every((t,n)=>t===e.floors[n])?e:{...e,floors:t}});return t.every((t,n)=>t===e.buildings[n])?e:{...e,buildings:t}});return r.every((t,n)=>t===e.organizations[n])?e:{...e,organizations:r}},Cn=class{#e;#t;#n;#r;#i;#a;#o;#s;#c;constructor(e){this.asOf={},this.#e={},this.#n=new Set,this.#r=0,this.#i=0,this.#a=!1,this.#d=()=>{this.#r+=1,this.#o=void 0,clearTimeout(this.#s),this.#s=setTimeout(this.#f,vn)},this.#f=()=>{let e=this.#r+=1;clearTimeout(this.#s),this.#s=setTimeout(this.#f,yn),this.#o=void 0,this.#t.subscribeMessage(t=>{e===this.#r&&this.#p(t)},{type:`butlr/subscribe`},{resubscribe:!1}).then(t=>{e===this.#r?(clearTimeout(this.#s),this.#o=t):xn(t)},t=>{e===this.#r&&this.#m(Ge(t))})},this.#t=e}listen(e){return this.#n.add(e),clearTimeout(this.#c),this.#a||this.#l(),()=>{this.#n.delete(e),this.#n.size>0||(clearTimeout(this.#c),this.#c=setTimeout(()=>{this.#u()},bn*1e3))}}#l(){this.#a=!0,this.#t.addEventListener(`ready`,this.#d),this.#f()}#u(){this.#a=!1,this.#r+=1,clearTimeout(this.#s),this.#t.removeEventListener(`ready`,this.#d),this.#o&&xn(this.#o),this.#o=void 0}#d;#f;#p(e){this.#i=0,this.error=void 0,e.doubts&&(this.#e=e.doubts);let t=e.topology??this.topology;t&&(this.topology=Sn(t,this.#e)),e.as_of&&(this.asOf=e.as_of),this.#h()}#m(e){this.error=e;let t=gn[Math.min(this.#i,gn.length-1)]??1,n=e.code===`unknown_command`?Math.min(t,_n):t;this.#i+=1,clearTimeout(this.#s),this.#s=setTimeout(this.#f,n*1e3),this.#h()}#h(){for(let e of[...this.#n])e()}},wn=new WeakMap,Tn=e=>{let t=wn.get(e);return t||wn.set(e,t=new Cn(e)),t},En=class{#e;#t;#n;constructor(e){this.#e=e,e.addController(this)}get topology(){return this.#t?.topology}get index(){return this.topology&&L(this.topology)}get asOf(){return this.#t?.asOf??{}}get error(){return this.#t?.error}hostConnected(){this.#r()}hostUpdate(){this.#r()}hostDisconnected(){this.#n?.(),this.#n=void 0}#r(){let e=this.#e.hass?.connection;if(!e)return;let t=Tn(e);t===this.#t&&this.#n||(this.#n?.(),this.#t=t,this.#n=t.listen(()=>{this.#e.requestUpdate()}))}},Dn=5e3,On=1e3,kn=[2,5,15,60],An=`butlr-live-positions`,jn=`http://www.w3.org/2000/svg`,Mn=()=>{try{return localStorage.getItem(An)===`on`}catch{return!1}},Nn=e=>{try{e?localStorage.setItem(An,`on`):localStorage.removeItem(An)}catch{}},Pn=class{#e;#t=new Map;#n=Mn();#r=!1;#i=!1;#a;#o;#s=``;#c=0;#l=0;#u;#d;#f;#p;#m=new IntersectionObserver(e=>{this.#i=e.at(-1)?.isIntersecting??!1,this.#b()});constructor(e){this.#e=e,e.addController(this)}hostConnected(){this.#r=!0,this.#m.observe(this.#e),document.addEventListener(`visibilitychange`,this.#b),this.#b()}hostDisconnected(){this.#r=!1,this.#m.disconnect(),this.#i=!1,document.removeEventListener(`visibilitychange`,this.#b),this.#o?.(),this.#o=this.#a=void 0,this.#b()}hostUpdate(){let e=this.#e.hass?.connection;if(this.#r&&e&&!this.#o){this.#a=Tn(e);let t=[this.#a.listen(this.#_),()=>{e.removeEventListener(`ready`,this.#v)}];e.addEventListener(`ready`,this.#v),this.#o=()=>{for(let e of t)e()}}}hostUpdated(){this.#b()}layer(){return x`<g class="people" aria-hidden="true"></g>`}legend(e){if(!this.#h)return C;let t=(t,n={})=>e.text(`positions.${t}`,n),n=this.#p===void 0?t(`waiting`):t(`count`,{count:this.#p});return b`
      <li class="live">
        <button type="button" class="switch" aria-pressed=${this.#n} title=${t(`note`)} @click=${this.#y}>
          ${t(this.#n?`hide`:`show`)}
        </button>
        ${this.#n?b`<svg class="sample person" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="7"></circle></svg
              >${t(`legend`)}<span role=${this.#f===void 0?C:`status`}>${this.#f===void 0?n:this.#g(e,this.#f)}</span>`:C}
      </li>
    `}get#h(){let{floor:e,passive:t}=this.#e,n=this.#a?.topology;return!e||!n||t?!1:L(n).floors.get(e.id)?.organization.positions.includes(e.id)??!1}#g(e,t){let n=`positions.error.${t}`,r=e.text(n);return r===n?e.text(`positions.error.other`,{error:t}):r}#_=()=>{this.#e.requestUpdate()};#v=()=>{this.#x(),this.#b()};#y=()=>{this.#n=!this.#n,this.#l=0,Nn(this.#n),this.#e.requestUpdate()};#b=()=>{let{floor:e,hass:t}=this.#e,n=this.#r&&this.#i&&document.visibilityState===`visible`&&this.#n&&t&&e&&this.#h,r=n?`${e.id} ${String(e.drawing.origin)}`:``;if(r===this.#s||(this.#x(),!n))return;this.#s=r;let i=this.#c;t.connection.subscribeMessage(e=>{i===this.#c&&this.#C(e)},{type:`butlr/positions`,floor_id:e.id},{resubscribe:!1}).then(e=>{i===this.#c?this.#u=e:Promise.resolve(e()).catch(()=>void 0)},e=>{let{code:t,message:n}=Ge(e);i===this.#c&&this.#S(String(t).startsWith(`positions_`)?String(t):n||String(t))})};#x(){this.#c+=1,this.#s=``,clearTimeout(this.#d),this.#u&&Promise.resolve(this.#u()).catch(()=>void 0),this.#u=void 0;for(let e of[...this.#t.keys()])this.#E(e);this.#O(void 0,void 0)}#S(e){let t=this.#s;this.#x(),this.#s=t,this.#O(void 0,e);let n=kn[Math.min(this.#l,kn.length-1)]??60;this.#l+=1,this.#d=setTimeout(()=>{this.#s=``,this.#b()},n*1e3)}#C({sensors:e,ended:t}){if(t!==void 0)this.#S(t);else{this.#l=0;for(let[t,n]of Object.entries(e??{}))this.#w(t,n);this.#D()}}#w(e,t){let n=this.#e.shadowRoot?.querySelector(`.people`),r=this.#e.floor?.drawing;if(this.#E(e),!n||!r)return;let i=M/r.width,a=document.createElementNS(jn,`g`);for(let e of[`halo`,`dot`])for(let[n,r]of t){let t=document.createElementNS(jn,`path`);t.setAttribute(`class`,e),t.setAttribute(`d`,`M${n*i} ${r*i}h0`),a.append(t)}n.append(a);let o=setTimeout(()=>{a.classList.add(`old`);let t=this.#t.get(e);t&&(t.fade=setTimeout(this.#T,On,e))},Dn);this.#t.set(e,{element:a,people:t.length,fade:o})}#T=e=>{this.#E(e),this.#D()};#E(e){let t=this.#t.get(e);t&&(clearTimeout(t.fade),t.element.remove(),this.#t.delete(e))}#D(){let e;for(let t of this.#t.values())e=(e??0)+t.people;this.#O(e,void 0)}#O(e,t){(e!==this.#p||t!==this.#f)&&(this.#p=e,this.#f=t,this.#e.requestUpdate())}};function R(e,t,n,r){var i=arguments.length,a=i<3?t:r===null?r=Object.getOwnPropertyDescriptor(t,n):r,o;if(typeof Reflect==`object`&&typeof Reflect.decorate==`function`)a=Reflect.decorate(e,t,n,r);else for(var s=e.length-1;s>=0;s--)(o=e[s])&&(a=(i<3?o(a):i>3?o(t,n,a):o(t,n))||a);return i>3&&a&&Object.defineProperty(t,n,a),a}var Fn=3e4,In=3600,Ln=20,Rn=[[`unknown`,45],[`unavailable`,-45]],zn=1.4,Bn=80,Vn={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,-1],ArrowDown:[0,1]},z=class extends E{constructor(...e){super(...e),this.wheelAlwaysZooms=!1,this.passive=!1,this.#e=new Pn(this),this.#t=new Map,this.#n=sn.fit({width:M,height:M}),this.#s=``,this.#c=0,this.#f=new ResizeObserver(()=>{this.#_()}),this.#y=()=>{let{hass:e}=this;if(e){for(let[t,n]of this.#t)n.update(e.states)&&t===this.#a&&this.#L(t);this.#b()}},this.#x=()=>{cancelAnimationFrame(this.#c),this.#c=0;let{svg:e}=this;if(!e)return;e.setAttribute(`viewBox`,this.#n.viewBox);let{scale:t,zoom:n}=this.#n;for(let n of e.querySelectorAll(`pattern`))n.setAttribute(`patternTransform`,`rotate(${n.dataset.angle??`0`}) scale(${1/t})`);for(let e of this.#t.values())e.rescale(t,n);this.#b(),this.#a!==void 0&&this.#L(this.#a)},this.#E=e=>{let t=this.#T(e);t!==void 0&&this.#D(t)},this.#O=e=>{e.ctrlKey||e.metaKey||e.altKey||this.passive||this.#k(e)&&(e.preventDefault(),e.stopPropagation())},this.#M=e=>{let t=this.#T(e);t!==void 0&&(this.#w(t),this.#t.get(t)?.target.matches(`:focus-visible`)&&this.#L(t),this.#F())},this.#N=e=>{e.pointerType===`mouse`&&e.buttons===0&&this.#L(this.#T(e))},this.#P=()=>{this.#L(void 0),this.#F()}}static{this.styles=tn}#e;#t;#n;#r;#i;#a;#o;#s;#c;#l;#u;#d;#f;get viewport(){return this.#n}set viewport(e){let t=this.#n.zoom>1;this.#n=e,this.#c||=requestAnimationFrame(this.#x),t!==e.zoom>1&&this.requestUpdate()}get wheelZooms(){return this.wheelAlwaysZooms||this.#n.zoom>1||this.matches(`:focus-within`)}set dragging(e){this.viewportElement?.classList.toggle(`dragging`,e),e&&this.#L(void 0)}connectedCallback(){super.connectedCallback(),this.#d=setInterval(()=>{this.#S()},Fn),this.hasUpdated&&this.requestUpdate()}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.#d),pn(this.#y),cancelAnimationFrame(this.#c),this.#c=0,this.#f.disconnect(),this.#u?.stop.abort(),this.#u=void 0}shouldUpdate(e){let t=e.get(`hass`);return e.size!==1||t===void 0||this.#o===void 0||!this.hass||t.themes.darkMode!==this.hass.themes.darkMode||(fn(this.#y),!1)}willUpdate(e){let{floor:t}=this;if(!e.has(`floor`)||!t)return;let n=e.get(`floor`),r=t.drawing.height*M/(t.drawing.width||1);(n?.id!==t.id||this.#n.drawing.height!==r)&&(this.#n=sn.fit({width:M,height:r},this.#n.element)),this.#h(t.drawing.plan?.url)}render(){let{floor:e,statuses:t,texts:n,hass:r}=this;if(!e||!t||!n||!r)return C;let{drawing:i}=e;if(i.shapes.length===0)return b`<p class="note">${n.text(`map.empty`)}</p>`;let a=Math.min(3,Math.max(.7,i.width/i.height)),o=this.#n.zoom>1,{passive:s}=this;return b`
      <div
        class="viewport ${o?`zoomed`:``} ${s?`passive`:``} ${r.themes.darkMode?`dark`:``}"
        style="aspect-ratio: ${a}"
      >
        <svg
          class="map"
          data-floor=${e.id}
          role=${s?`list`:`group`}
          aria-label=${n.text(`map.label`,{floor:e.name})}
          aria-description=${s?C:n.text(`map.keys`)}
          viewBox=${this.#n.viewBox}
          @click=${this.#E}
          @keydown=${this.#O}
          @focusin=${this.#M}
          @focusout=${this.#P}
          @pointerover=${this.#N}
          @pointerleave=${this.#P}
        >
          <defs>
            ${Rn.map(([e,n])=>Hn(e,n,t[e].color))} ${Hn(`doubt`,0,t.unknown.color)}
          </defs>
          ${this.#m(e)}
          <g class="spaces"></g>
          <g class="labels" aria-hidden="true"></g>
          <g class="floor-door"></g>
          <g class="overlay" aria-hidden="true" transform="scale(${M/i.width})">${this.overlay??C}</g>
          ${this.#e.layer()}
          <path class="ring" d=""></path>
        </svg>
        ${s?C:this.#p(n,o)}
        <div class="tip" aria-hidden="true"></div>
      </div>
      ${i.layout===`tiles`?b`<p class="note">${n.text(`map.tiles`)}</p>`:C}
      ${ft(e,n,t,this.asOf,this.#e.legend(n))}
    `}updated(e){let{viewportElement:t,hass:n,floor:r}=this;!t||!n||!r?this.#o=void 0:(this.#g(t),(e.has(`floor`)||e.has(`statuses`)||e.has(`texts`)||e.has(`passive`)||this.#o!==r)&&this.#v(r),this.#y(),e.has(`highlight`)&&this.#I(),this.#F())}#p(e,t){let n=(t,n,r,i)=>b`
      <button type="button" title=${e.text(t)} aria-label=${e.text(t)} ?disabled=${r} @click=${i}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${n}></path></svg>
      </button>
    `;return b`
      <div class="buttons">
        ${n(`map.zoom_in`,et,!1,()=>{this.viewport=this.#n.zoomed(zn)})}
        ${n(`map.zoom_out`,tt,!t,()=>{this.viewport=this.#n.zoomed(1/zn)})}
        ${n(`map.zoom_fit`,nt,!t,()=>{this.viewport=this.#n.zoomed(0)})}
      </div>
    `}#m({drawing:e}){let{plan:t}=e;if(!t||this.#l?.url!==t.url||this.#l.signed===void 0)return C;let n=M/e.width;return x`<image
      href=${this.#l.signed} x=${t.x*n} y=${t.y*n} width=${t.width*n} height=${t.height*n}
      preserveAspectRatio="none" aria-hidden="true"
    ></image>`}async#h(e){let{hass:t}=this;if(this.#l?.url!==e&&(this.#l=e===void 0?void 0:{url:e},e!==void 0&&t))try{let{path:n}=await t.connection.sendMessagePromise({type:`auth/sign_path`,path:e,expires:In});if(this.#l?.url!==e)return;this.#l={url:e,signed:t.hassUrl(n)},this.requestUpdate()}catch{this.#l?.url===e&&(this.#l=void 0)}}#g(e){if(this.#u?.element===e)return;this.#u?.stop.abort();let t=new AbortController;this.#u={element:e,stop:t},this.passive||Xe(e,this,t.signal),this.#f.disconnect(),this.#f.observe(e),this.#_()}#_(){let{clientWidth:e=0,clientHeight:t=0}=this.viewportElement??{};e>0&&t>0&&(this.#n=this.#n.resized({width:e,height:t}),this.#x())}#v(e){let{statuses:t,texts:n,spacesElement:r,labelsElement:i}=this;if(!t||!n||!r||!i)return;let{drawing:a}=e,o={texts:n,statuses:t,unit:M/a.width,layout:a.layout,overPlan:a.plan!==null,passive:this.passive},s=this.shadowRoot?.activeElement?.closest(`[data-space]`)!==null&&this.shadowRoot?.activeElement!==null,c=new Map(e.spaces.map(e=>[e.id,e])),l=new Map(a.doors.map(e=>[e.space_id,e])),u=St(a);this.#r=o,this.#t=new Map,a.shapes.forEach((t,n)=>{let r=c.get(t.id);if(!r)return;let i=new Zt(r,t,l.get(t.id),u.get(t.id)??0,n,o,e.spaces);i.rescale(this.#n.scale,this.#n.zoom),this.hass&&i.update(this.hass.states),this.#t.set(t.id,i)});let d=[...this.#t.values()];r.replaceChildren(...d.map(e=>e.element)),i.replaceChildren(...d.map(e=>e.labels)),r.classList.toggle(`over-plan`,a.plan!==null),this.#o=e,this.#s=new Date().toDateString(),this.#i!==void 0&&this.#t.has(this.#i)||(this.#i=e.spaces.find(({id:e})=>this.#t.has(e))?.id),this.#w(this.#i),s&&this.#C?.target.focus({preventScroll:!0}),this.#L(void 0),this.#x()}#y;#b(){let{floor:e,hass:t,doorElement:n,texts:r}=this,i=e?.drawing.doors.find(({space_id:t})=>t===e.id);if(!n||!e||!t||!r||!this.#r)return;let a=i&&Mt(t.states,e),o=i?Math.min(i.size,Ln/(this.#n.scale/this.#n.zoom)/this.#r.unit):0,[s=`?`,c=`?`]=a?[j(r,a.entries),j(r,a.exits)]:[],l=a?`${i.id} ${s} ${c} ${o} ${r.language}`:``;if(n.dataset.key!==l){if(n.dataset.key=l,a){let e=[r.text(`map.entries`,{count:s}),r.text(`map.exits`,{count:c})];n.setAttribute(`role`,`img`),n.setAttribute(`aria-label`,e.join(`, `))}ze(i&&a?en({...i,size:o},a,this.#r):C,n)}}#x;#S(){let e=new Date().toDateString();if(e!==this.#s)for(let e of this.#t.values())e.refresh();this.#s=e,this.requestUpdate()}get#C(){return this.#i===void 0?void 0:this.#t.get(this.#i)}#w(e){this.passive||(this.#C?.target.setAttribute(`tabindex`,`-1`),this.#i=e,this.#C?.target.setAttribute(`tabindex`,`0`))}#T(e){return(e.target instanceof Element?e.target.closest(`[data-space]`):null)?.dataset.space}#E;#D(e){let t=this.#t.get(e);if(!t||this.passive)return;this.#L(void 0);let n=new CustomEvent(`butlr-space`,{detail:{id:e},bubbles:!0,composed:!0,cancelable:!0}),r=It(t.space);this.dispatchEvent(n)&&r!==void 0&&qe(this,r)}#O;#k({key:e,shiftKey:t}){let n=Vn[e];if(n&&t)this.viewport=this.#n.moved(-n[0]*Bn,-n[1]*Bn);else if(n){let e=new Map([...this.#t].map(([e,t])=>[e,t.middle]));this.#j(cn(e,this.#i??``,n))}else if(e===`Home`||e===`End`)this.#j(this.floor?.spaces.at(e===`Home`?0:-1)?.id);else if(e===`Enter`||e===` `)this.#i!==void 0&&this.#D(this.#i);else if(e===`+`||e===`=`)this.viewport=this.#n.zoomed(zn,...this.#A());else if(e===`-`||e===`_`)this.viewport=this.#n.zoomed(1/zn,...this.#A());else if(e===`0`)this.viewport=this.#n.zoomed(0);else if(e===`Escape`&&this.#a!==void 0)this.#L(void 0);else return!1;return!0}#A(){let{element:e}=this.#n;return this.#C?this.#n.pixel(...this.#C.middle):[e.width/2,e.height/2]}#j(e){let t=e===void 0?void 0:this.#t.get(e);t&&(this.#w(e),this.#n.zoom>1&&(this.viewport=this.#n.showing(...t.middle)),t.target.focus())}#M;#N;#P;#F(){let e=[...this.#t.values()].find(({target:e})=>e.matches(`:focus-visible`))??(this.highlight===void 0?void 0:this.#t.get(this.highlight));this.ringElement?.setAttribute(`d`,e?.path??``)}#I(){let e=this.highlight===void 0?void 0:this.#t.get(this.highlight);e&&this.#n.zoom>1&&(this.viewport=this.#n.showing(...e.middle))}#L(e){let t=e===void 0?void 0:this.#t.get(e);this.#a=t&&e,this.tipElement&&an(this.tipElement,t,this.#n,this.texts)}};R([D({attribute:!1})],z.prototype,`hass`,void 0),R([D({attribute:!1})],z.prototype,`floor`,void 0),R([D({attribute:!1})],z.prototype,`statuses`,void 0),R([D({attribute:!1})],z.prototype,`texts`,void 0),R([D({attribute:!1})],z.prototype,`asOf`,void 0),R([D({attribute:!1})],z.prototype,`overlay`,void 0),R([D({attribute:!1})],z.prototype,`highlight`,void 0),R([D({type:Boolean,attribute:`wheel-zooms`})],z.prototype,`wheelAlwaysZooms`,void 0),R([D({type:Boolean})],z.prototype,`passive`,void 0),R([k(`svg.map`)],z.prototype,`svg`,void 0),R([k(`.viewport`)],z.prototype,`viewportElement`,void 0),R([k(`.spaces`)],z.prototype,`spacesElement`,void 0),R([k(`.labels`)],z.prototype,`labelsElement`,void 0),R([k(`.floor-door`)],z.prototype,`doorElement`,void 0),R([k(`.ring`)],z.prototype,`ringElement`,void 0),R([k(`.tip`)],z.prototype,`tipElement`,void 0);var Hn=(e,t,n)=>x`
  <pattern id="hatch-${e}" data-angle=${t} width="9" height="9" patternUnits="userSpaceOnUse">
    <rect width="3" height="9" fill=${n} fill-opacity="0.4"></rect>
  </pattern>
`;A(`butlr-map`,z);var Un=`component.butlr.config_panel.`,Wn=5e3,Gn={comma_decimal:`en-US`,decimal_comma:`de`,quote_decimal:`de-CH`,space_comma:`fr`},Kn=class{#e;#t;#n;#r;#i;#a;#o;#s=new Map;constructor(e,t,n,r){this.language=e,this.#e=t;let i=n?.number_format??`language`;this.#t=i===`system`?void 0:Gn[i]??e,this.#n=i!==`none`,this.#r=new Intl.PluralRules(e),this.#i=n?.time_zone===`server`?r:void 0,this.#o=n?.time_format===`system`?void 0:e,this.#a=n?.time_format===`12`||n?.time_format!==`24`&&void 0}get rightToLeft(){return/^(ar|fa|he|ur)\b/.test(this.language)}text(e,t={}){let n=this.#e[Un+e];return n===void 0?e:n.replace(/\{(\w+)\}/g,(e,n)=>{let r=t[n];return r===void 0?e:typeof r==`number`?this.number(r):r})}count(e,t,n={}){let r=`${e}_${this.#r.select(t)}`;return this.text(Un+r in this.#e?r:`${e}_other`,{count:t,...n})}number(e,t={}){return this.#l(JSON.stringify(t),()=>new Intl.NumberFormat(this.#t,{useGrouping:this.#n,...t})).format(e)}percent(e){return this.number(e,{style:`percent`,maximumFractionDigits:0})}time(e){return this.date(e,{hour:`numeric`,minute:`2-digit`})}moment(e,t=new Date){return this.sameDay(e,t)?this.time(e):this.date(e,{weekday:`short`,month:`short`,day:`numeric`,hour:`numeric`,minute:`2-digit`})}sameDay(e,t){let n={year:`numeric`,month:`short`,day:`numeric`};return this.date(e,n)===this.date(t,n)}date(e,t){return this.#l(`date ${JSON.stringify(t)}`,()=>{let e=t.hour===void 0||this.#a===void 0?{}:{hour12:this.#a},n=this.#i===void 0?{}:{timeZone:this.#i};return new Intl.DateTimeFormat(t.hour===void 0?this.language:this.#o,{...n,...e,...t})}).format(e)}duration(e){let t=Math.max(0,Math.floor(e/60)),n=Math.floor(t/1440),r=(n>0?[[n,`day`],[Math.floor(t%1440/60),`hour`]]:[[Math.floor(t/60),`hour`],[t%60,`minute`]]).filter(([e])=>e>0);return(r.length>0?r:[[0,`minute`]]).map(([e,t])=>this.#c(e,t)).join(` `)}#c(e,t){return this.#l(`unit ${t}`,()=>new Intl.NumberFormat(this.language,{style:`unit`,unit:t,unitDisplay:`short`})).format(e)}#l(e,t){let n=this.#s.get(e);return n||this.#s.set(e,n=t()),n}},qn=new WeakMap,Jn=async(e,t)=>{let n=async t=>(await e.sendMessagePromise({type:`frontend/get_translations`,language:t,category:`config_panel`,integration:[`butlr`]})).resources,r=await n(t);return!Object.keys(r).some(e=>e.startsWith(Un))&&t!==`en`?n(`en`):r},Yn=(e,t)=>{let n=qn.get(e);n||qn.set(e,n=new Map);let r=n.get(t);return r||(r=Jn(e,t),n.set(t,r),r.catch(()=>n.delete(t))),r},B=async e=>new Kn(e.language,await Yn(e.connection,e.language),e.locale,e.config?.time_zone),Xn=class{#e;#t;#n;#r;#i;constructor(e){this.#e=e,e.addController(this)}hostConnected(){this.#a()}hostUpdate(){this.#a()}hostDisconnected(){clearTimeout(this.#i),this.texts||(this.#t=void 0)}#a(){let e=this.#e.hass;if(!e)return;let{connection:t,language:n,locale:r}=e;if(t===this.#t&&n===this.#n&&r===this.#r)return;this.#t=t,this.#n=n,this.#r=r,clearTimeout(this.#i);let i=()=>t===this.#t&&n===this.#n&&r===this.#r;B(e).then(e=>{i()&&(this.texts=e,this.#e.requestUpdate())},()=>{i()&&(this.#i=setTimeout(()=>{this.#t=void 0,this.#e.requestUpdate()},Wn))})}},Zn=3e4,V=class extends E{constructor(...e){super(...e),this.store=new En(this),this.loaded=new Xn(this)}#e;connectedCallback(){super.connectedCallback(),this.#e=setInterval(()=>{this.requestUpdate()},Zn)}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.#e)}setConfig(e){this.config=e}shouldUpdate(e){let t=e.get(`hass`);if(e.size!==1||!t||!this.hass||!this.hasUpdated)return!0;let{hass:n}=this;return t.connection!==n.connection||t.language!==n.language||t.locale!==n.locale||Lt(t,n,this.entityIds())}render(){return b`<ha-card>${this.#t()}</ha-card>`}#t(){let{hass:e,config:t}=this,{texts:n}=this.loaded,{topology:r,index:i,error:a}=this.store;return!e||!t||!n?C:!r||!i?a?Qn(n.text(`card.failed`),a.message):C:this.content(e,i,n)??this.#n(r,n)}#n(e,t){let n=this.config?.floor??this.config?.building;if(n===void 0||n===``)return Qn(this.choose(t),``);let r=e.organizations.find(e=>e.state!==`loaded`);return r?Qn(t.text(`card.not_loaded`,{name:r.name}),r.reason??``):Qn(t.text(`card.not_found`,{id:n}),t.text(`card.not_found_help`))}static{this.base=o`
    :host {
      display: block;
      height: 100%;
      color: var(--primary-text-color);
    }
    ha-card {
      display: flex;
      flex-direction: column;
      box-sizing: border-box;
      height: 100%;
      padding: 16px;
      overflow: hidden;
    }
    h2 {
      margin: 0;
      overflow-wrap: anywhere;
      font-size: var(--ha-font-size-xl, 20px);
      font-weight: 500;
      line-height: 1.3;
    }
    .quiet {
      color: var(--secondary-text-color);
    }
    .message {
      margin: 0;
      line-height: 1.5;
      overflow-wrap: anywhere;
    }
  `}};R([D({attribute:!1})],V.prototype,`hass`,void 0),R([O()],V.prototype,`config`,void 0);var Qn=(e,t)=>b`<p class="message" role="status">${e}${t?b`<br /><span class="quiet">${t}</span>`:C}</p>`,$n=5e3,er=e=>{let t=e.organizations.flatMap(e=>e.buildings);return t.flatMap(e=>e.floors.map(({id:n,name:r})=>({value:n,label:t.length>1?`${e.name}: ${r}`:r})))},tr=e=>e.organizations.flatMap(({buildings:e})=>e.map(({id:e,name:t})=>({value:e,label:t}))),nr=async e=>{let t=(await window.hassConnection)?.conn,n=document.documentElement.lang||`en`,[r,i]=t?await Promise.all([B({connection:t,language:n}),rr(Tn(t))]):[void 0,void 0];return ir(e,r,i)},rr=e=>new Promise(t=>{let n=()=>{clearTimeout(r),i(),t(e.topology)},r=setTimeout(n,$n),i=e.listen(()=>{e.topology&&n()});e.topology&&n()}),ir=(e,t,n)=>{let r={floor:{name:`floor`,required:!e.includes(`building`),selector:ar(n&&er(n))},building:{name:`building`,selector:ar(n&&tr(n))},title:{name:`title`,selector:{text:{}}}};return{schema:e.map(e=>r[e]),computeLabel:({name:e})=>t?.text(`card.field.${e}`)??e,computeHelper:({name:e})=>e===`building`?t?.text(`card.field.building_helper`):void 0}},ar=e=>e?{select:{mode:`dropdown`,sort:!1,options:e}}:{text:{}},or=(e,t)=>{let n=t?e.devices[t]:void 0;for(let t=0;n&&t<5;t+=1){let t=n.identifiers.find(([e,t])=>e===`butlr`&&t.startsWith(`space_`))?.[1];if(t!==void 0)return t;n=n.via_device_id?e.devices[n.via_device_id]:void 0}},sr=e=>{for(let t of Object.keys(e.devices)){let n=or(e,t);if(n!==void 0)return n}},cr=(e,t)=>(n,r)=>{let i=n.entities[r];if(i?.platform!==`butlr`||t&&!t.includes(i.translation_key??``))return null;let a=or(n,i.device_id);return a===void 0?null:{config:{type:e,floor:a}}},lr=async(e,t)=>{let n=(await window.hassConnection)?.conn;if(!n)return;let r=await B({connection:n,language:document.documentElement.lang||`en`});e.name=r.text(`card.${t}.name`),e.description=r.text(`card.${t}.description`)},ur=(e,t,n)=>{let r=`butlr-${e.replace(`_`,`-`)}`,i=window.customCards??=[];if(i.some(e=>e.type===r))return;let a={type:r,...t,preview:!0,getEntitySuggestion:cr(`custom:${r}`,n)};i.push(a),lr(a,e).catch(()=>void 0)},dr=class extends V{static getStubConfig(e){let t=sr(e);return t===void 0?{}:{floor:t}}static getConfigForm(){return nr([`floor`,`title`])}getCardSize(){let e=this.#e?.floor.drawing;return e?3+Math.min(12,Math.round(10*e.height/e.width)):6}getGridOptions(){return{columns:`full`,rows:`auto`,min_columns:6,min_rows:4}}get#e(){return this.config?.floor===void 0?void 0:this.store.index?.floors.get(this.config.floor)}shouldUpdate(e){let{hass:t,map:n}=this;return e.size!==1||!e.has(`hass`)||!t||!n||(n.hass=t,super.shouldUpdate(e)&&fn(this.#t),!1)}#t=()=>{this.requestUpdate()};entityIds(){let e=this.#e?.floor;return e?[e,...e.smallest_group>0?e.spaces:[]].flatMap(({entities:e})=>Object.values(e)):[]}choose(e){return e.text(`card.choose_floor`)}content(e,{buildings:t},n){let r=this.#e;if(!r)return;let{organization:i,building:a,floor:o}=r,s=t.size>1?`${a.name} · ${o.name}`:o.name,c=this.config?.title??s,l=fr(e,o,n);return b`
      ${c||l?b`<header>${c?b`<h2>${c}</h2>`:C}<span class="quiet">${l}</span></header>`:C}
      <butlr-map
        .hass=${e}
        .floor=${o}
        .statuses=${this.store.topology?.statuses}
        .texts=${n}
        .asOf=${this.store.asOf[i.entry_id]}
      ></butlr-map>
    `}static{this.styles=[V.base,o`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 0 16px;
        padding-bottom: 12px;
      }
      butlr-map {
        flex: 1 1 auto;
      }
    `]}};R([k(`butlr-map`)],dr.prototype,`map`,void 0);var fr=({states:e},t,n)=>{let r=Tt(e,t.entities,`free_rooms`);return[Rt(n,{people:F(e,t),estimated:P(t)}),r===null?``:n.count(`card.free`,r)].filter(Boolean).join(` · `)};A(`butlr-floor-map`,dr),ur(`floor_map`,{name:`Butlr floor map`,description:`The rooms and zones of a floor: free or occupied, and how many people.`});var pr={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},mr=e=>(...t)=>({_$litDirective$:e,values:t}),hr=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,n){this._$Ct=e,this._$AM=t,this._$Ci=n}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}},{I:gr}=Le,_r=e=>e,vr=()=>document.createComment(``),yr=(e,t,n)=>{let r=e._$AA.parentNode,i=t===void 0?e._$AB:t._$AA;if(n===void 0)n=new gr(r.insertBefore(vr(),i),r.insertBefore(vr(),i),e,e.options);else{let t=n._$AB.nextSibling,a=n._$AM,o=a!==e;if(o){let t;n._$AQ?.(e),n._$AM=e,n._$AP!==void 0&&(t=e._$AU)!==a._$AU&&n._$AP(t)}if(t!==i||o){let e=n._$AA;for(;e!==t;){let t=_r(e).nextSibling;_r(r).insertBefore(e,i),e=t}}}return n},H=(e,t,n=e)=>(e._$AI(t,n),e),br={},xr=(e,t=br)=>e._$AH=t,Sr=e=>e._$AH,Cr=e=>{e._$AR(),e._$AA.remove()},wr=(e,t,n)=>{let r=new Map;for(let i=t;i<=n;i++)r.set(e[i],i);return r},Tr=mr(class extends hr{constructor(e){if(super(e),e.type!==pr.CHILD)throw Error(`repeat() can only be used in text expressions`)}dt(e,t,n){let r;n===void 0?n=t:t!==void 0&&(r=t);let i=[],a=[],o=0;for(let t of e)i[o]=r?r(t,o):o,a[o]=n(t,o),o++;return{values:a,keys:i}}render(e,t,n){return this.dt(e,t,n).values}update(e,[t,n,r]){let i=Sr(e),{values:a,keys:o}=this.dt(t,n,r);if(!Array.isArray(i))return this.ut=o,a;let s=this.ut??=[],c=[],l,u,d=0,f=i.length-1,p=0,m=a.length-1;for(;d<=f&&p<=m;)if(i[d]===null)d++;else if(i[f]===null)f--;else if(s[d]===o[p])c[p]=H(i[d],a[p]),d++,p++;else if(s[f]===o[m])c[m]=H(i[f],a[m]),f--,m--;else if(s[d]===o[m])c[m]=H(i[d],a[m]),yr(e,c[m+1],i[d]),d++,m--;else if(s[f]===o[p])c[p]=H(i[f],a[p]),yr(e,i[d],i[f]),f--,p++;else if(l===void 0&&(l=wr(o,p,m),u=wr(s,d,f)),l.has(s[d])){if(l.has(s[f])){let t=u.get(o[p]),n=t===void 0?null:i[t];if(n===null){let t=yr(e,i[d]);H(t,a[p]),c[p]=t}else c[p]=H(n,a[p]),yr(e,i[d],n),i[t]=null;p++}else Cr(i[f]),f--}else Cr(i[d]),d++;for(;p<=m;){let t=yr(e,c[m+1]);H(t,a[p]),c[p++]=t}for(;d<=f;){let e=i[d++];e!==null&&Cr(e)}return this.ut=o,xr(e,c),S}}),Er=class extends V{static getStubConfig(e){let t=sr(e);return t===void 0?{}:{floor:t}}static getConfigForm(){return nr([`floor`,`building`,`title`])}getCardSize(){return 6}getGridOptions(){return{columns:12,rows:`auto`,min_columns:6,min_rows:3}}get#e(){let{floor:e,building:t}=this.config??{},{index:n}=this.store,r=e?n?.floors.get(e):void 0;if(r)return{organization:r.organization,name:r.floor.name,floors:[r.floor]};let i=t&&!e?n?.buildings.get(t):void 0;return i&&{organization:i.organization,name:i.building.name,floors:i.building.floors}}entityIds(){let e=e=>e.entities.occupancy===void 0?[]:[e.entities.occupancy];return(this.#e?.floors??[]).flatMap(t=>t.spaces.flatMap(e))}choose(e){return e.text(`card.choose_floor_or_building`)}content(e,t,n){let r=this.#e,i=this.store.topology?.statuses.free;if(!r||!i)return;let a=r.floors.flatMap(e=>e.spaces.filter(({kind:e})=>e===`room`).map(t=>({room:t,floor:e}))),o=({room:t})=>N(e.states,t.entities)===`free`,s=a.filter(e=>o(e)&&!e.room.doubt),c=a.filter(t=>Pt(N(e.states,t.room.entities))||o(t)&&t.room.doubt),l=r.floors.length>1;return b`
      <header>
        <h2>${this.config?.title??n.text(`card.free_rooms`,{place:r.name})}</h2>
        <span class="number" aria-hidden="true">${n.number(s.length)}</span>
      </header>
      ${s.length>0?b`<ul style="--status: ${i.color}">
            ${Tr(s,({room:e})=>e.id,({room:e,floor:t})=>b`<li data-space=${e.id}>
                <svg viewBox="0 0 24 24" role="img" aria-label=${n.text(`status.free`)}><path d=${i.icon}></path></svg>
                <span class="name" dir="auto">${e.name}</span>
                <span class="quiet">${Dr(e,l?t.name:``,n)}</span>
              </li>`)}
          </ul>`:b`<p class="none">${n.text(c.length===a.length?`card.all_unknown`:`card.none_free`)}</p>`}
      <footer class="quiet">
        <span>${s.length>0&&c.length>0?n.count(`card.unknown`,c.length):C}</span>
        ${this.#t(r,n)}
      </footer>
    `}#t({organization:e},t){let n=this.store.asOf[e.entry_id];return n===void 0?C:pt(new Date(n*1e3),t)}static{this.styles=[V.base,o`
      ha-card {
        container-type: inline-size;
        gap: 16px;
      }
      header {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        gap: 16px;
      }
      h2 {
        font-size: clamp(20px, 4.5cqi, 40px);
      }
      .number {
        font-size: clamp(24px, 6cqi, 56px);
        font-weight: 600;
        line-height: 1;
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, max(240px, 30cqi)), 1fr));
        gap: 12px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: auto 1fr;
        align-content: center;
        align-items: center;
        column-gap: 12px;
        padding: 12px 16px;
        border: 2px solid var(--status);
        border-radius: 12px;
        background: color-mix(in srgb, var(--status) 12%, transparent);
      }
      svg {
        grid-row: span 2;
        width: clamp(28px, 4.5cqi, 48px);
        fill: color-mix(in srgb, var(--status) 85%, var(--primary-text-color));
      }
      .name {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        overflow-wrap: anywhere;
        font-size: clamp(18px, 3.4cqi, 34px);
        font-weight: 500;
        line-height: 1.25;
      }
      li .quiet {
        font-size: clamp(14px, 2.2cqi, 22px);
      }
      .none {
        margin: 0;
        font-size: clamp(18px, 3.4cqi, 34px);
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 4px 16px;
        margin-top: auto;
        font-size: clamp(13px, 1.8cqi, 20px);
      }
      .old {
        color: var(--error-color);
      }
    `]}},Dr=({capacity:e,estimated:t},n,r)=>[n,e===null?``:r.count(`card.seats`,e),r.text(t?`card.estimated`:`card.measured`)].filter(Boolean).join(` · `);A(`butlr-rooms`,Er),ur(`rooms`,{name:`Butlr free rooms`,description:`The free rooms of a floor or building, for a screen on the wall.`},[`free_rooms`]);var Or={menu:`M3,6H21V8H3V6M3,11H21V13H3V11M3,16H21V18H3V16Z`,overview:`M13,3V9H21V3M13,21H21V11H13M3,21H11V15H3M3,13H11V3H3V13Z`,floor:`M10 5V10H9V5H5V13H9V12H10V17H9V14H5V19H12V17H13V19H19V17H21V21H3V3H21V15H19V10H13V15H12V9H19V5H10Z`,find:`M9.5,3A6.5,6.5 0 0,1 16,9.5C16,11.11 15.41,12.59 14.44,13.73L14.71,14H15.5L20.5,19L19,20.5L14,15.5V14.71L13.73,14.44C12.59,15.41 11.11,16 9.5,16A6.5,6.5 0 0,1 3,9.5A6.5,6.5 0 0,1 9.5,3M9.5,5C7,5 5,7 5,9.5C5,12 7,14 9.5,14C12,14 14,12 14,9.5C14,7 12,5 9.5,5Z`,history:`M22,21H2V3H4V19H6V10H10V19H12V6H16V19H18V14H22V21Z`,maintenance:`M22.7,19L13.6,9.9C14.5,7.6 14,4.9 12.1,3C10.1,1 7.1,0.6 4.7,1.7L9,6L6,9L1.6,4.7C0.4,7.1 0.9,10.1 2.9,12.1C4.8,14 7.5,14.5 9.8,13.6L18.9,22.7C19.3,23.1 19.9,23.1 20.3,22.7L22.6,20.4C23.1,20 23.1,19.3 22.7,19Z`,alert:`M13 14H11V9H13M13 18H11V16H13M1 21H23L12 2L1 21Z`,good:`M12 2C6.5 2 2 6.5 2 12S6.5 22 12 22 22 17.5 22 12 17.5 2 12 2M10 17L5 12L6.41 10.59L10 14.17L17.59 6.58L19 8L10 17Z`,info:`M13,9H11V7H13M13,17H11V11H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z`};function U(e){return b`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${x`<path d=${Or[e]} />`}</svg>`}var kr=`/butlr`,Ar=[`overview`,`floor`,`find`,`history`,`maintenance`];function W(e,...t){return[kr,e,...t.map(encodeURIComponent)].join(`/`)}function jr(e){let[t=`overview`,...n]=e.split(`/`).filter(Boolean).map(Mr),r=Ar.find(e=>e===t);return r?{view:r,path:n}:null}function Mr(e){try{return decodeURIComponent(e)}catch{return e}}var G=o`
  :host {
    display: block;
    color: var(--primary-text-color);
    font-family: var(--ha-font-family-body, Roboto, sans-serif);
    font-size: 14px;
    line-height: 1.45;
  }
  * {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 20px;
    font-weight: 500;
    line-height: 1.25;
  }
  h3 {
    font-size: 16px;
    font-weight: 500;
  }
  h2,
  h3,
  a,
  td,
  th,
  li,
  p {
    overflow-wrap: anywhere;
  }
  a {
    color: inherit;
  }
  .card {
    background: var(--ha-card-background, var(--card-background-color, #fff));
    border: 1px solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
    border-radius: var(--ha-card-border-radius, 12px);
    box-shadow: var(--ha-card-box-shadow, none);
    padding: 16px;
  }
  .secondary {
    color: var(--secondary-text-color);
  }
  .number {
    font-variant-numeric: tabular-nums;
    text-align: end;
    white-space: nowrap;
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button,
  .button,
  select,
  input[type="search"],
  input[type="number"] {
    min-height: 44px;
    padding: 8px 14px;
    border: 1px solid var(--input-outlined-idle-border-color, rgba(127, 127, 127, 0.6));
    border-radius: 10px;
    background: var(--card-background-color, #fff);
    text-decoration: none;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    font-weight: 500;
    cursor: pointer;
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  @media (hover: hover) {
    button:not(:disabled):hover,
    .button:hover {
      background: var(--secondary-background-color, #eee);
    }
  }
  select {
    max-width: 100%;
    text-overflow: ellipsis;
  }
  :is(a, button, select, input, summary, [tabindex]):focus-visible {
    outline: 2px solid var(--primary-color, #009ac7);
    outline-offset: 2px;
  }
  svg.icon {
    width: 20px;
    height: 20px;
    flex: none;
    fill: currentColor;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
`,Nr=50,Pr={people:null,tags:[],freeFor:0,usuallyFreeFor:0,sort:`best_fit`},Fr=e=>e.organizations.filter(({buildings:e})=>e.length>0).flatMap(({id:e,name:t,entry_id:n,buildings:r})=>{let i=[{id:e,name:t,level:0,target:{config_entry_id:n}}],a=(e,t)=>{e.device_id!==null&&i.push({id:e.id,name:e.name,level:t,target:{device_id:[e.device_id]}})};for(let e of r){a(e,1);for(let t of e.floors)a(t,2)}return i}),Ir=(e,t)=>e.organizations.flatMap(e=>e.buildings.flatMap(n=>n.floors.filter(r=>[e.id,n.id,r.id].includes(t)).flatMap(e=>e.spaces.filter(({kind:e})=>e===`room`)))),Lr=(e,t)=>[...new Set(e.flatMap(({tags:e})=>e))].sort((e,n)=>e.localeCompare(n,t,{numeric:!0})),Rr=async(e,t,n)=>{let r=await Ke(e,`butlr`,`find_available_rooms`,{...Fr(t).find(({id:e})=>e===n.place)?.target,...n.people===null?{}:{capacity_min:n.people},...n.tags.length>0?{tags:n.tags}:{},free_minutes:n.freeFor,usually_free_minutes:n.usuallyFreeFor,sort:n.sort,limit:Nr}),{spaces:i}=L(t),a=r.rooms.filter(({id:e})=>i.has(e)),o=r.rooms.length-a.length;return{...r,people:n.people,rooms:a,free:r.free-o,considered:r.considered-o}},zr=(e,t,n,r)=>{let i=new Date(t.free_since),a=t.usually_free_until===null?``:e.time(new Date(t.usually_free_until)),o=t.baseline_weeks>0&&t.baseline_weeks<4?` (${e.count(`find.weeks`,t.baseline_weeks)})`:``;return[e.text(`find.free_since`,{time:e.moment(i,new Date(r)),duration:e.duration((r-i.getTime())/1e3)}),e.text(`find.confidence.${t.confidence}`),t.capacity===null?e.text(`find.no_capacity`):n===null?e.text(`find.capacity`,{capacity:t.capacity}):e.text(`find.fits`,{capacity:t.capacity,asked:n}),e.text(`find.usual.${t.usual_use}`,{time:a})+o,...t.ranked_by===null||t.ranked_by===`name`?[]:[e.text(`find.rank.${t.ranked_by}`)]]},Br=e=>Object.entries(e.left_out).filter(([,e])=>e>0).reverse(),Vr=(e,t)=>{let n=[];t.usuallyFreeFor>0&&n.push([`usually_free_for`,{...t,usuallyFreeFor:0}]),t.freeFor>0&&n.push([`free_for`,{...t,freeFor:0}]),t.people!==null&&n.push([`people`,{...t,people:null}]),t.tags.length>0&&n.push([`tags`,{...t,tags:[]}]);let{buildings:r,floors:i}=L(e),a=(r.get(t.place)??i.get(t.place))?.organization;return a&&n.push([`place`,{...t,place:a.id}]),n},Hr=`important`,Ur=` !`+Hr,Wr=mr(class extends hr{constructor(e){if(super(e),e.type!==pr.ATTRIBUTE||e.name!==`style`||e.strings?.length>2)throw Error("The `styleMap` directive must be used in the `style` attribute and must be the only part in the attribute.")}render(e){return Object.keys(e).reduce((t,n)=>{let r=e[n];return r==null?t:t+`${n=n.includes(`-`)?n:n.replace(/(?:^(webkit|moz|ms|o)|)(?=[A-Z])/g,`-$&`).toLowerCase()}:${r};`},``)}update(e,[t]){let{style:n}=e.element;if(this.ft===void 0)return this.ft=new Set(Object.keys(t)),this.render(t);for(let e of this.ft)t[e]??(this.ft.delete(e),e.includes(`-`)?n.removeProperty(e):n[e]=null);for(let e in t){let r=t[e];if(r!=null){this.ft.add(e);let t=typeof r==`string`&&r.endsWith(Ur);e.includes(`-`)||t?n.setProperty(e,t?r.slice(0,-11):r,t?Hr:``):n[e]=r}}return S}});function Gr(e,t,n){let{color:r,icon:i}=e.statuses[n];return b`<span class="status"
    ><svg class="icon" viewBox="0 0 24 24" aria-hidden="true" style=${Wr({fill:r})}>
      ${x`<path d=${i} />`}</svg
    >${t.text(`status.${n}`)}</span
  >`}function Kr(e,t,n,r,i=t=>e.number(t)){let a=n[r];if(a===void 0)return C;let o=Tt(t,n,r);if(o!==null)return i(o);let s=t[a]?.state===`unavailable`?`unavailable`:`unknown`;return b`<span class="secondary">${e.text(`status.${s}`)}</span>`}function qr(e){return P(e)?`people_estimate`:`people`}function Jr(e,t,n,r=[],i){let a=F(t,n,r),o=a.fewerThan===null?Kr(e,t,n.entities,qr(n),i):b`<span title=${e.text(`map.small_groups`)}>${j(e,a)}</span>`;return P(n)&&o!==C?b`<span title=${e.text(`map.estimate`)}>≈ ${o}</span>`:o}function Yr(e,t,n){let{fewerThan:r}=jt(t,n);return r===null?Kr(e,t,n.entities,`utilization`,t=>e.percent(t/100)):lt(e.percent(r/100))}function Xr(e,t,n,r){let i=0;for(let e of r.flatMap(({spaces:e})=>e))e.kind===`room`&&!Pt(N(t,e.entities))&&(i+=1);return Kr(e,t,n,`free_rooms`,t=>t<=i?b`<bdi>${e.text(`overview.of`,{count:t,total:i})}</bdi>`:e.number(t))}function Zr(e){if(e===null)return C;let t=`${Math.min(100,Math.max(0,e))}%`;return b`<span class="bar ${e>100?`over`:``}" aria-hidden="true"
    ><span style=${Wr({width:t})}></span
  ></span>`}var Qr=o`
  .status {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    white-space: nowrap;
  }
  .status svg.icon {
    width: 18px;
    height: 18px;
  }
  .bar {
    display: block;
    height: 6px;
    margin-top: 4px;
    border-radius: 3px;
    background: var(--divider-color);
    overflow: hidden;
  }
  .bar span {
    display: block;
    height: 100%;
    border-radius: 3px;
    background: var(--primary-color);
  }
  .bar.over span {
    background: var(--error-color);
  }
`,$r=[`language`,`locale`,`connected`,`user`,`themes`],ei=class extends E{shouldUpdate(e){if(e.size>1||!e.has(`hass`))return!0;let t=e.get(`hass`);return!t||$r.some(e=>t[e]!==this.hass[e])?!0:Lt(t,this.hass,this.shown())}};R([D({attribute:!1})],ei.prototype,`hass`,void 0);var K=class extends ei{constructor(...e){super(...e),this.asOf={},this.narrow=!1,this.path=[]}};R([D({attribute:!1})],K.prototype,`topology`,void 0),R([D({attribute:!1})],K.prototype,`asOf`,void 0),R([D({attribute:!1})],K.prototype,`texts`,void 0),R([D({type:Boolean,reflect:!0})],K.prototype,`narrow`,void 0),R([D({attribute:!1})],K.prototype,`path`,void 0);var ti=300,ni=1e3,ri=6e4,ii=3e3,ai=1e4,oi=[0,5,15,30,60],si=[0,30,60,120,240],ci,li=class extends K{constructor(...e){super(...e),this.criteria={place:``,...Pr},this.error=``,this.busy=!1,this.now=Date.now(),this.#e=[],this.#t=[],this.#r=1/0,this.#i=0,this.#a=0,this.#o=()=>{document.hidden||this.#l(0)},this.#m=e=>{e.preventDefault(),this.#c({})},this.#h=e=>{let t=e.target,n=t.value.trim()===``?null:Number(t.value),r=n===null?!t.validity.badInput:Number.isInteger(n)&&n>=1&&n<=ai;t.setAttribute(`aria-invalid`,String(!r)),r&&this.#c({people:n},ti)}}#e;#t;#n;#r;#i;#a;connectedCallback(){super.connectedCallback(),document.addEventListener(`visibilitychange`,this.#o),this.#l(0)}disconnectedCallback(){super.disconnectedCallback(),document.removeEventListener(`visibilitychange`,this.#o),clearTimeout(this.#n),this.#r=1/0,this.#a+=1}#o;shown(){return this.#t}willUpdate(e){(e.has(`topology`)||e.has(`path`))&&this.#s(e.has(`path`)),(e.has(`topology`)||e.has(`criteria`))&&(this.#e=Ir(this.topology,this.criteria.place),this.#t=this.#e.flatMap(({entities:e})=>e.occupancy??[]))}updated(e){let t=e.get(`hass`);e.has(`topology`)?this.#l(ni):t&&!t.connected&&this.hass.connected?this.#l(0):t&&this.#t.some(e=>t.states[e]?.state!==this.hass.states[e]?.state)&&this.#l(Math.max(ni,this.#i+ii-Date.now()))}#s(e){let t=Fr(this.topology),n=[e?this.path[0]:void 0,this.criteria.place,ci?.place].find(e=>t.some(t=>t.id===e)),r=this.criteria.place===``&&ci?ci:this.criteria;this.criteria={...r,place:n??t[0]?.id??``}}#c(e,t=0){let n={...this.criteria,...e};if(e.place!==void 0){let t=Lr(Ir(this.topology,e.place),this.texts.language);n.tags=n.tags.filter(e=>t.includes(e))}this.criteria=ci=n,this.#a+=1,this.#l(t)}#l(e){let t=Date.now()+e;this.#r<=t||(clearTimeout(this.#n),this.#r=t,this.#n=setTimeout(()=>void this.#u(),e))}async#u(){if(this.#r=1/0,!this.isConnected||document.hidden||this.criteria.place===``)return;let e=this.#a+=1;this.#i=Date.now(),this.busy=!0;try{let t=await Rr(this.hass,this.topology,this.criteria);if(e!==this.#a)return;this.answer=t,this.error=``}catch(t){if(e!==this.#a)return;let{code:n,message:r}=Ge(t);this.error=r||String(n)}this.now=Date.now(),this.busy=!1,this.#l(ri)}render(){return b`<div class="view">${this.#d()}
      <section class="results" aria-busy=${this.busy}>${this.#g()}</section>
    </div>`}#d(){let{texts:e,criteria:t}=this,n=Lr(this.#e,e.language);return b`<form class="card" role="search" aria-label=${e.text(`panel.tabs.find`)} @submit=${this.#m}>
      <label>
        <span>${e.text(`find.where`)}</span>
        <select name="place" @change=${e=>{this.#c({place:ui(e)})}}>
          ${Fr(this.topology).map(({id:n,name:r,level:i})=>b`<option value=${n} ?selected=${n===t.place}>
              ${i===0?e.text(`find.everywhere`,{name:r}):`${` `.repeat(i-1)}${r}`}
            </option>`)}
        </select>
      </label>
      <label>
        <span>${e.text(`find.people`)}</span>
        <input
          name="people"
          type="number"
          inputmode="numeric"
          min="1"
          max=${ai}
          step="1"
          placeholder=${e.text(`find.any`)}
          .value=${t.people===null?``:String(t.people)}
          @input=${this.#h}
        />
      </label>
      ${this.#f(`free_for`,oi,t.freeFor,e=>{this.#c({freeFor:e})})}
      ${this.#f(`usually_free_for`,si,t.usuallyFreeFor,e=>{this.#c({usuallyFreeFor:e})})}
      <label>
        <span>${e.text(`find.sort`)}</span>
        <select name="sort" @change=${e=>{this.#c({sort:ui(e)})}}>
          ${[`best_fit`,`usually_free`].map(n=>b`<option value=${n} ?selected=${n===t.sort}>${e.text(`find.${n}`)}</option>`)}
        </select>
      </label>
      ${n.length===0?C:b`<fieldset>
            <legend>${e.text(`find.tags`)}</legend>
            <div class="tags">${n.map(e=>this.#p(e,t.tags.includes(e)))}</div>
          </fieldset>`}
    </form>`}#f(e,t,n,r){return b`<label>
      <span>${this.texts.text(`find.${e}`)}</span>
      <select name=${e} @change=${e=>{r(Number(ui(e)))}}>
        ${t.map(e=>b`<option value=${e} ?selected=${e===n}>
            ${e===0?this.texts.text(`find.any`):this.texts.duration(e*60)}
          </option>`)}
      </select>
    </label>`}#p(e,t){return b`<label class="tag">
      <input
        type="checkbox"
        .checked=${t}
        @change=${()=>{let{tags:n}=this.criteria;this.#c({tags:t?n.filter(t=>t!==e):[...n,e]})}}
      />
      <span>${e}</span>
    </label>`}#m;#h;#g(){let{answer:e,texts:t}=this;return b`
      <p role="status" class="summary">
        ${this.error?t.text(`find.failed`,{error:this.error}):e===void 0?t.text(`find.searching`):e.rooms.length>0?t.count(`find.found`,e.free):t.text(e.considered===0?`find.no_rooms`:`find.none`)}
      </p>
      ${e===void 0?C:this.#_(e)}
      ${e===void 0||this.error?C:this.#y(e)}
    `}#_({rooms:e,free:t,people:n}){return e.length===0?C:b`<ol>
        ${Tr(e,({id:e})=>e,(e,t)=>this.#v(e,t,n))}
      </ol>
      ${t>e.length?b`<p class="secondary">${this.texts.text(`find.first`,{count:e.length})}</p>`:C}`}#v(e,t,n){let r=L(this.topology).spaces.get(e.id);if(!r)return C;let{space:i,floor:a,building:o}=r,s=It(i),c=N(this.hass.states,i.entities);return b`<li class="card" ?data-taken=${c!==`free`}>
      <span class="rank number" aria-hidden="true">${this.texts.number(t+1)}</span>
      <div class="what">
        <h2><bdi>${i.name}</bdi> ${Gr(this.topology,this.texts,c)}</h2>
        <p class="secondary"><bdi>${a.name}</bdi> · <bdi>${o.name}</bdi></p>
        <ul>
          ${c===`free`?zr(this.texts,e,n,this.now).map(e=>b`<li>${e}</li>`):b`<li>${this.texts.text(`find.taken`)}</li>`}
        </ul>
        ${i.tags.length===0?C:b`<p class="secondary">${i.tags.join(` · `)}</p>`}
      </div>
      <div class="buttons">
        ${s===void 0?C:b`<button
              aria-label=${`${this.texts.text(`find.details`)}: ${i.name}`}
              @click=${()=>{qe(this,s)}}
            >
              ${U(`info`)}${this.texts.text(`find.details`)}
            </button>`}
        <a class="button" href=${W(`floor`,a.id,i.id)} aria-label=${`${this.texts.text(`find.on_map`)}: ${i.name}`}>
          ${U(`floor`)}${this.texts.text(`find.on_map`)}
        </a>
      </div>
    </li>`}#y(e){let{texts:t}=this,n=Br(e),r=e.rooms.length===0,i=r?Vr(this.topology,this.criteria):[];return n.length===0&&i.length===0?C:b`<details class="card" ?open=${r}>
      <summary>${t.text(`find.left_out`)}</summary>
      <dl>
        ${n.map(([e,n])=>b`<div>
            <dt>${t.text(`find.out.${e}`)}</dt>
            <dd class="number">${t.number(n)}</dd>
          </div>`)}
      </dl>
      ${i.length===0?C:b`<h2>${t.text(`find.relax_title`)}</h2>
            <p class="ways">
              ${i.map(([e,n])=>b`<button @click=${()=>{this.#c(n)}}>${t.text(`find.relax.${e}`)}</button>`)}
            </p>`}
      ${r?b`<p class="secondary">${t.text(`find.wait`)}</p>`:C}
    </details>`}static{this.styles=[G,Qr,o`
      .view {
        display: grid;
        grid-template-columns: minmax(240px, 320px) minmax(0, 1fr);
        gap: 16px;
        align-items: start;
        max-width: 1200px;
      }
      :host([narrow]) .view {
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      form {
        display: grid;
        gap: 12px;
      }
      :host([narrow]) form {
        grid-template-columns: 1fr 1fr;
        padding: 12px;
      }
      :host([narrow]) :is(form > label:first-child, fieldset) {
        grid-column: 1 / -1;
      }
      form > label {
        display: grid;
        gap: 4px;
        align-content: end;
        min-width: 0;
      }
      form :is(select, input[type="number"]) {
        width: 100%;
        min-width: 0;
      }
      input[aria-invalid="true"] {
        border-color: var(--error-color, #db4437);
      }
      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      .tags {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        max-height: 240px;
        overflow: auto;
      }
      .tag {
        display: inline-flex;
        align-items: center;
        gap: 8px;
        min-height: 36px;
        max-width: 100%;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      .tag input {
        width: 20px;
        height: 20px;
        flex: none;
        accent-color: var(--primary-color);
      }
      .results,
      ol {
        display: grid;
        gap: 8px;
        min-width: 0;
      }
      .summary {
        font-size: 16px;
        font-weight: 500;
        padding-block: 4px;
      }
      ol > li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 12px;
        align-items: start;
      }
      .rank {
        min-width: 1.6em;
        font-size: 20px;
        line-height: 1.2;
        color: var(--secondary-text-color);
      }
      h2 {
        display: flex;
        flex-wrap: wrap;
        font-size: 16px;
        align-items: center;
        gap: 2px 16px;
      }
      .what .status {
        font-size: 14px;
        font-weight: 400;
      }
      .what {
        display: grid;
        gap: 4px;
      }
      .what ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(240px, 100%), 1fr));
        gap: 2px 20px;
      }
      [data-taken] .what {
        opacity: 0.75;
      }
      .buttons {
        display: grid;
        gap: 8px;
      }
      :host([narrow]) ol > li {
        grid-template-columns: auto minmax(0, 1fr);
        padding: 12px;
      }
      :host([narrow]) .buttons {
        grid-column: 1 / -1;
        grid-auto-flow: column;
        grid-auto-columns: 1fr;
      }
      summary {
        min-height: 28px;
        font-weight: 500;
        cursor: pointer;
      }
      details > * + * {
        margin-top: 8px;
      }
      dl > div {
        display: flex;
        justify-content: space-between;
        gap: 16px;
        max-width: 420px;
        padding-block: 4px;
        border-bottom: 1px solid var(--divider-color);
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `]}};R([O()],li.prototype,`criteria`,void 0),R([O()],li.prototype,`answer`,void 0),R([O()],li.prototype,`error`,void 0),R([O()],li.prototype,`busy`,void 0),R([O()],li.prototype,`now`,void 0);var ui=e=>e.target.value;A(`butlr-view-find`,li);var di=3e4,q=class extends E{constructor(...e){super(...e),this.entities={}}#e;connectedCallback(){super.connectedCallback(),this.#e=setInterval(()=>void this.#n(),di)}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.#e)}shouldUpdate(e){return e.size>1||!e.has(`hass`)||this.#t(e)}willUpdate(e){e.has(`space`)&&(this.text=void 0),(e.has(`space`)||this.#t(e))&&this.#n()}#t(e){let t=e.get(`hass`);return t!==void 0&&Lt(t,this.hass,Object.values(this.entities))}async#n(){let{entry:e,space:t}=this,n;try{let r={type:`butlr/explain`,entry_id:e,space_id:t,language:this.hass.language};({text:n}=await this.hass.callWS(r))}catch{}t===this.space&&(this.text=n)}render(){return this.text===void 0?C:b`<section role="status">
      <h3>${this.texts.text(`floor.why`)}</h3>
      <p>${this.text}</p>
    </section>`}static{this.styles=[G,o`
      section {
        display: grid;
        gap: 4px;
        padding: 12px 16px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 500;
      }
      p {
        margin: 0;
        line-height: 1.5;
      }
    `]}};R([D({attribute:!1})],q.prototype,`hass`,void 0),R([D({attribute:!1})],q.prototype,`texts`,void 0),R([D({attribute:!1})],q.prototype,`entry`,void 0),R([D({attribute:!1})],q.prototype,`space`,void 0),R([D({attribute:!1})],q.prototype,`entities`,void 0),R([O()],q.prototype,`text`,void 0),A(`butlr-explanation`,q);var fi={},pi=mr(class extends hr{constructor(){super(...arguments),this.ot=fi}render(e,t){return t()}update(e,[t,n]){if(Array.isArray(t)){if(Array.isArray(this.ot)&&this.ot.length===t.length&&t.every((e,t)=>e===this.ot[t]))return S}else if(this.ot===t)return S;return this.ot=Array.isArray(t)?Array.from(t):t,this.render(t,n)}}),mi=[`name`,`status`,`people`],hi={occupied:0,free:1,unknown:2,unavailable:3},J=class extends ei{constructor(...e){super(...e),this.search=``,this.sorted=`name`,this.reversed=!1,this.#i=e=>{this.search=e.target.value}}#e;shown(){if(this.#e?.floor!==this.floor){let e=this.floor.spaces.flatMap(({entities:e})=>Object.values(e));this.#e={floor:this.floor,ids:e}}return this.#e.ids}render(){let{texts:e}=this,t=this.#t(),n=this.floor.spaces.length;return b`
      <div class="tools">
        <input
          type="search"
          aria-label=${e.text(`floor.search`)}
          placeholder=${e.text(`floor.search`)}
          .value=${this.search}
          @input=${this.#i}
        />
        <span class="secondary" role="status">
          <bdi>${t.length===n?e.count(`floor.spaces`,n):e.text(`floor.matches`,{count:t.length,total:n})}</bdi>
        </span>
      </div>
      ${t.length===0?b`<p class="none secondary">${e.text(`floor.no_match`)}</p>`:b`<table>
            <thead>
              <tr>
                ${mi.map(e=>this.#n(e))}
                <th><span class="hidden">${e.text(`floor.details`)}</span></th>
              </tr>
            </thead>
            <tbody>
              ${Tr(t,({space:e})=>e.id,e=>this.#a(e))}
            </tbody>
          </table>`}
    `}#t(){let{texts:e,sorted:t}=this,n=vi(this.search.trim()),r=new Intl.Collator(e.language,{numeric:!0}),i=(e,t)=>r.compare(e.space.name,t.space.name),a={name:i,status:(e,t)=>hi[e.reading.status]-hi[t.reading.status]||i(e,t),people:(e,t)=>gi(t)-gi(e)||i(e,t)},o=this.floor.spaces.filter(e=>!n||yi(e).includes(n)).map(e=>({space:e,reading:Nt(this.hass.states,e,this.floor.spaces)})).sort(a[t]);if(!this.reversed)return o;let s=t===`people`?o.filter(e=>gi(e)<0):[];return[...o.filter(e=>!s.includes(e)).reverse(),...s]}#n(e){let t=this.sorted===e;return b`<th scope="col" aria-sort=${t?this.reversed?`descending`:`ascending`:`none`} class=${e===`people`?`number`:``}>
      <button type="button" @click=${()=>{this.#r(e)}}>
        ${this.texts.text(`floor.column.${e}`)}<span aria-hidden="true">${t?this.reversed?`▼`:`▲`:``}</span>
      </button>
    </th>`}#r(e){this.reversed=this.sorted===e&&!this.reversed,this.sorted=e}#i;#a({space:e,reading:t}){let{texts:n,topology:r,selected:i}=this,{status:a,since:o,estimated:s}=t,c=j(n,t.people),l=e.id===i,u=o?.getTime()??null;return b`<tr class=${l?`chosen`:``} data-space=${e.id}>
      ${pi([e,r,n,l,a,c,u],()=>{let t=It(e);return b`
          <th scope="row">
            <button type="button" class="space" aria-pressed=${l} @click=${()=>{this.#o(e.id)}}>
              ${e.name}
            </button>
            ${e.kind===`zone`?b`<span class="secondary">${n.text(`floor.zone`)}</span>`:e.room_type?b`<span class="secondary">${e.room_type}</span>`:C}
          </th>
          <td>
            ${Gr(r,n,a)}
            ${e.doubt&&!Pt(a)?b`<span class="secondary since">${n.text(`doubt.${e.doubt}`)}</span>`:C}
            ${o?b`<span class="secondary since">${n.text(`floor.since`,{time:n.moment(o)})}</span>`:C}
          </td>
          <td class="number">
            ${c===void 0?b`<span class="secondary">${n.text(`floor.unknown`)}</span>`:b`<span title=${s?n.text(`map.estimate`):C}>${s?`≈ `:``}${c}</span>`}
            ${e.capacity===null?C:b`<span class="secondary capacity">${n.text(`floor.capacity`,{count:e.capacity})}</span>`}
          </td>
          <td class="info">
            ${t===void 0?C:b`<button
                  type="button"
                  aria-label=${n.text(`floor.details_of`,{name:e.name})}
                  @click=${()=>{qe(this,t)}}
                >
                  ${U(`info`)}
                </button>`}
          </td>
        `})}
    </tr>`}#o(e){this.dispatchEvent(new CustomEvent(`butlr-choose`,{detail:{id:e===this.selected?void 0:e}}))}updated(e){if(!e.has(`selected`)||this.selected===void 0)return;let t=[...this.renderRoot.querySelectorAll(`tr`)].find(({dataset:e})=>e.space===this.selected);if(!t||this.scrollHeight<=this.clientHeight)return;let n=t.offsetTop-_i,r=t.offsetTop+t.offsetHeight-this.clientHeight;this.scrollTop>n?this.scrollTop=n:this.scrollTop<r&&(this.scrollTop=r)}static{this.styles=[G,Qr,o`
      :host {
        position: relative;
        overflow: auto;
        overscroll-behavior: contain;
      }
      .tools {
        display: flex;
        align-items: center;
        gap: 12px;
        padding: 12px;
      }
      input {
        flex: 1;
        min-width: 0;
      }
      .none {
        padding: 12px;
      }
      table {
        width: 100%;
        border-collapse: collapse;
      }
      th {
        text-align: start;
        font-weight: 400;
      }
      .number {
        text-align: end;
      }
      th,
      td {
        padding: 6px;
        vertical-align: top;
      }
      :is(th, td):first-child {
        padding-inline-start: 12px;
      }
      thead th {
        position: sticky;
        top: 0;
        z-index: 1;
        padding-block: 0;
        background: var(--card-background-color, #fff);
        box-shadow: 0 1px var(--divider-color);
      }
      thead button {
        min-height: 40px;
        padding: 0;
        border: 0;
        gap: 4px;
        background: none;
        font-size: 12px;
        color: var(--secondary-text-color);
      }
      tbody tr {
        box-shadow: 0 1px var(--divider-color);
      }
      tbody tr.chosen {
        background: var(--secondary-background-color);
        box-shadow: inset 4px 0 var(--primary-color);
      }
      :host(:dir(rtl)) tbody tr.chosen {
        box-shadow: inset -4px 0 var(--primary-color);
      }
      .space {
        display: block;
        width: 100%;
        min-height: 32px;
        padding: 4px 0;
        border: 0;
        background: none;
        text-align: start;
        overflow-wrap: anywhere;
      }
      td:not(.info) {
        padding-top: 11px;
      }
      .since,
      .capacity,
      th > .secondary {
        display: block;
        font-size: 12px;
        white-space: nowrap;
      }
      th > .secondary {
        white-space: normal;
      }
      .info {
        width: 44px;
        padding: 0;
      }
      .info button {
        min-height: 44px;
        width: 44px;
        padding: 0;
        border: 0;
        background: none;
        color: var(--secondary-text-color);
      }
    `]}};R([D({attribute:!1})],J.prototype,`topology`,void 0),R([D({attribute:!1})],J.prototype,`texts`,void 0),R([D({attribute:!1})],J.prototype,`floor`,void 0),R([D({attribute:!1})],J.prototype,`selected`,void 0),R([O()],J.prototype,`search`,void 0),R([O()],J.prototype,`sorted`,void 0),R([O()],J.prototype,`reversed`,void 0);var gi=({reading:{people:e}})=>e.number===null&&e.fewerThan===null?-1:it(e),_i=48;function vi(e){return e.normalize(`NFD`).replace(/\p{M}/gu,``).toLocaleLowerCase()}function yi(e){return vi([e.name,e.room_type??``,...e.tags].join(`
`))}A(`butlr-floor-list`,J);var bi=[`today`,`day`,`week`],xi=864e5,Si=7*xi-6e5,Ci=[`#f9d57a`,`#f9a93c`,`#ed6925`,`#bc3754`,`#781c6d`,`#320a5e`],wi=[`#5a1370`,`#8f2469`,`#bc3754`,`#ed6925`,`#f9a93c`,`#fcf3a0`];async function Ti(e,t,n,r=Date.now()){let i={today:void 0,day:r-xi,week:r-Si}[n],a=await Ke(e,`butlr`,`get_heatmap`,{device_id:t.device_id,...i===void 0?{}:{start_time:new Date(i).toISOString()}}),[o]=a.spaces;return{start:``,end:``,cells:[],cells_omitted:0,...o,resolution:a.resolution}}function Ei({drawing:e,device_id:t,smallest_group:n}){return n===0&&e.layout===`plan`&&e.origin!==null&&t!==null}function Di(e){return e?wi:Ci}function Oi(e,t,n){let{cells:r,resolution:i}=e,[a,o]=t.origin??[0,0],s=Di(n),c=Math.max(...r.map(({value:e})=>e),0),l=s.map(()=>``);for(let{x:e,y:t,value:n}of r){if(n<=0)continue;let r=Math.min(s.length-1,Math.floor(Math.sqrt(n/c)*s.length)),u=`${ki(e-a-i/2)} ${ki(o-t-i/2)}`;l[r]=`${l[r]??``}M${u}h${i}v${i}h-${i}z`}return x`
    <rect
      width=${t.width} height=${t.height} opacity="0.6"
      style="fill: var(--card-background-color, #fff); pointer-events: none"
    ></rect>
    ${l.map((e,t)=>e?x`<path d=${e} fill=${s[t]} opacity="0.85" style="pointer-events: none"></path>`:x``)}
  `}function ki(e){return Math.round(e*1e3)/1e3}var Ai,ji=class extends K{constructor(...e){super(...e),this.heatmap={is:`none`},this.range=`today`,this.#n=[],this.#l=e=>{Je(W(`floor`,e.target.value))},this.#p=()=>{this.heatmap={is:`none`}}}#e;#t;#n;#r;shown(){let e=this.#i()?.floor;if(!e)return[];if(this.#r?.floor!==e){let t=[e,...e.spaces].flatMap(({entities:e})=>Object.values(e));this.#r={floor:e,ids:t}}return this.#r.ids}#i(){let{floors:e}=L(this.topology),[t]=this.path;return t===void 0?e.get(Ai??``)??e.values().next().value:e.get(t)}willUpdate(){let e=this.#i()?.floor,t=e?.id;t!==void 0&&(Ai=t),this.#e!==t&&(this.#e=t,this.heatmap={is:`none`}),this.#a(e?.drawing)}#a(e){let t=[this.heatmap,e,this.hass.themes.darkMode];if(t.every((e,t)=>e===this.#n[t]))return;this.#n=t;let[n,,r]=t;this.#t=n.is===`shown`&&e?Oi(n.heatmap,e,r):void 0}render(){let e=this.#i();if(!e)return this.#s();let{floor:t,organization:n}=e,{hass:r,texts:i,topology:a}=this,o=this.path[1];return b`
      <div class="tools">${this.#c(t)} ${this.#u(t)} ${this.#d(t)}</div>
      ${o===void 0||t.spaces.some(({id:e})=>e===o)?C:b`<p class="card" role="status">${i.text(`floor.space_not_found`)}</p>`}
      <div class="both">
        <div class="map card">
          <butlr-map
            .hass=${r}
            .floor=${t}
            .statuses=${a.statuses}
            .texts=${i}
            .asOf=${this.asOf[n.entry_id]}
            .highlight=${o}
            .overlay=${this.#t}
            @butlr-space=${e=>{this.#o(t,e.detail.id)}}
          ></butlr-map>
          ${this.#h()}
          ${o===void 0?C:b`<butlr-explanation
                .hass=${r}
                .texts=${i}
                .entry=${n.entry_id}
                .space=${o}
                .entities=${t.spaces.find(({id:e})=>e===o)?.entities}
              ></butlr-explanation>`}
        </div>
        <butlr-floor-list
          class="card"
          .hass=${r}
          .topology=${a}
          .texts=${i}
          .floor=${t}
          .selected=${o}
          @butlr-choose=${e=>{this.#o(t,e.detail.id)}}
        ></butlr-floor-list>
      </div>
    `}#o(e,t){Je(W(`floor`,e.id,...t===void 0?[]:[t]),{replace:!0})}#s(){let{texts:e}=this;return b`
      <section class="card missing">
        <h2>${e.text(`floor.not_found`)}</h2>
        <p>${e.text(`floor.not_found_text`)}</p>
        <ul>
          ${[...L(this.topology).floors.values()].map(({building:e,floor:t})=>b`<li><a href=${W(`floor`,t.id)}>${t.name}</a> <span class="secondary">${e.name}</span></li>`)}
        </ul>
      </section>
    `}#c(e){let t=this.topology.organizations.flatMap(e=>e.buildings.map(t=>({building:t,organization:e}))),n=this.topology.organizations.filter(e=>e.buildings.length>0).length>1,r=t.length>1?L(this.topology).floors.get(e.id)?.building.name:void 0;return b`<label>
      <span class="hidden">${this.texts.text(`floor.choose`)}</span>
      ${r===void 0?C:b`<span class="secondary">${r}</span>`}
      <select @change=${this.#l}>
        ${t.map(({building:t,organization:r})=>b`<optgroup label=${n?`${r.name} – ${t.name}`:t.name}>${[...t.floors].sort((e,t)=>(e.number??1/0)-(t.number??1/0)||0).map(({id:t,name:n})=>b`<option value=${t} .selected=${t===e.id}>${n}</option>`)}</optgroup>`)}
      </select>
    </label>`}#l;#u(e){let{texts:t,hass:n}=this,{entities:r}=e,i=Xr(t,n.states,r,[e]),a=(e,n)=>n===C?C:b`<div><dt class="secondary">${t.text(`overview.${e}`)}</dt> <dd>${n}</dd></div>`;return b`<dl>
      ${a(`people`,Jr(t,n.states,e))} ${a(`free_rooms`,i)}
      ${a(`utilization`,Yr(t,n.states,e))}
    </dl>`}#d(e){if(!Ei(e))return C;let{texts:t,heatmap:n,range:r}=this;return b`<div class="heatmap">
      <label>
        <span class="hidden">${t.text(`floor.heatmap.range`)}</span>
        <select @change=${t=>{this.#f(e,t.target.value)}}>
          ${bi.map(e=>b`<option value=${e} .selected=${e===r}>${t.text(`floor.heatmap.${e}`)}</option>`)}
        </select>
      </label>
      ${n.is===`shown`?b`<button type="button" @click=${this.#p}>${t.text(`floor.heatmap.hide`)}</button>`:b`<button
            type="button"
            ?disabled=${n.is===`loading`}
            title=${t.text(`floor.heatmap.cost`)}
            @click=${()=>this.#m(e)}
          >
            ${t.text(n.is===`loading`?`floor.heatmap.loading`:`floor.heatmap.show`)}
          </button>`}
    </div>`}#f(e,t){this.range=t,(this.heatmap.is===`shown`||this.heatmap.is===`failed`)&&this.#m(e)}#p;async#m(e){let t={is:`loading`};this.heatmap=t;let n;try{n={is:`shown`,heatmap:await Ti(this.hass,e,this.range)}}catch(e){n={is:`failed`,error:Ge(e).message}}this.heatmap===t&&(this.heatmap=n)}#h(){let{texts:e,heatmap:t}=this;return b`<div class="note" role="status">${this.#g(t,e)}</div>`}#g(e,t){switch(e.is){case`none`:return C;case`loading`:return t.text(`floor.heatmap.loading`);case`failed`:return b`${U(`alert`)}<span>${t.text(`floor.heatmap.failed`,{error:e.error})}</span>`;case`shown`:{let{cells:n,cells_omitted:r,start:i,end:a}=e.heatmap;if(n.length===0)return t.text(`floor.heatmap.empty`);let o=e=>t.moment(new Date(e));return b`
          <span class="scale">
            ${t.text(`floor.heatmap.less`)}
            ${Di(this.hass.themes.darkMode).map(e=>b`<i style=${Wr({background:e})}></i>`)}
            ${t.text(`floor.heatmap.more`)}
          </span>
          ${i&&a?b`<span>${o(i)} – ${o(a)}</span>`:C}
          ${r>0?b`<span>${t.text(`floor.heatmap.omitted`,{count:r})}</span>`:C}
          <span class="secondary">${t.text(`floor.heatmap.cost`)}</span>
        `}}}static{this.styles=[G,Qr,o`
      :host {
        height: 100%;
        display: flex;
        flex-direction: column;
        gap: 12px;
      }
      .tools,
      .heatmap,
      dl {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
      }
      label {
        min-width: 0;
        max-width: 100%;
      }
      .tools > label {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }
      dl {
        flex: 1 1 auto;
        gap: 4px 24px;
        margin-inline-start: 4px;
      }
      dl div {
        display: flex;
        align-items: baseline;
        gap: 6px;
        white-space: nowrap;
      }
      dd {
        font-size: 16px;
        font-weight: 500;
      }
      .both {
        flex: 1;
        min-height: 0;
        display: grid;
        grid-template: minmax(0, 1fr) / minmax(0, 1fr) minmax(340px, 400px);
        gap: 12px;
      }
      .map {
        --butlr-map-max-height: calc(100vh - 230px);
        min-height: 0;
        overflow: auto;
        padding: 8px;
      }
      butlr-floor-list.card {
        min-height: 0;
        padding: 0;
      }
      .note {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 16px;
        padding-inline: 8px;
      }
      .note:not(:empty) {
        padding-block: 8px;
      }
      .note svg {
        fill: var(--warning-color);
      }
      .scale {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      .scale i {
        width: 18px;
        height: 14px;
        margin-inline: -3px;
      }
      .missing {
        display: grid;
        gap: 12px;
        max-width: 640px;
      }
      .missing li {
        padding-block: 6px;
      }
      /* The list goes below the map where both beside each other would be too small. */
      @container (max-width: 900px) {
        :host {
          height: auto;
        }
        .both {
          grid-template: auto / minmax(0, 1fr);
        }
        butlr-floor-list {
          overflow: visible;
        }
        .map {
          --butlr-map-max-height: 65vh;
          overflow: visible;
        }
      }
      @container (max-width: 600px) {
        .tools > label,
        .heatmap {
          flex: 1 1 100%;
        }
        .heatmap label {
          flex: 1 1 0;
        }
        select {
          width: 100%;
        }
      }
    `]}};R([O()],ji.prototype,`heatmap`,void 0),R([O()],ji.prototype,`range`,void 0),A(`butlr-view-floor`,ji);var Y=36e5,Mi=e=>{let t=new Intl.DateTimeFormat(`en-CA`,{timeZone:e,hourCycle:`h23`,year:`numeric`,month:`2-digit`,day:`2-digit`,hour:`2-digit`});return e=>{let n={};for(let{type:r,value:i}of t.formatToParts(e))n[r]=i;let r=`${n.year??``}-${n.month??``}-${n.day??``}`;return{date:r,hour:Number(n.hour),weekday:(new Date(`${r}T00:00:00Z`).getUTCDay()+6)%7}}},Ni=(e,t)=>new Date(Date.parse(`${e}T00:00:00Z`)-t*24*Y).toISOString().slice(0,10),Pi=(e,t,n,r)=>{let i=Mi(n),a=new Map(e.map(e=>[e.start,e])),o=Math.floor(r/Y)*Y,s=i(r).date,c=Ni(s,28),l={today:[],weeks:[]};for(let e=o-720*Y;e<o+26*Y;e+=Y){let n=i(e);if(n.date<c||n.date>s)continue;let r=e===o?t:a.get(e),u=e===o?`now`:e<o?`past`:`future`,d={start:e,...n,mean:r?.mean??null,max:r?.max??null,when:u};(n.date===s?l.today:l.weeks).push(d)}return l},Fi=e=>{let t=Array.from({length:7},()=>Array.from({length:24},()=>({sum:0,weeks:0})));for(let{weekday:n,hour:r,mean:i}of e){let e=t[n]?.[r];e&&i!==null&&(e.sum+=i,e.weeks+=1)}return t.map(e=>e.map(({sum:e,weeks:t})=>({mean:t>0?e/t:null,weeks:Math.min(t,4)})))},Ii=e=>{let t=null,[n,r,i,a]=[0,0,0,0];for(let o of e)o.mean===null?o.when===`past`&&(a+=1):(i+=1,(o.max??0)>(t?.max??0)&&(t=o),(o.max??o.mean)>0&&(r+=1,n+=o.mean));return{peak:t,whenUsed:r>0?n/r:null,used:r,known:i,missing:a}},Li=e=>{let t=[`monday`,`tuesday`,`wednesday`,`thursday`,`friday`,`saturday`,`sunday`].indexOf(e.first_weekday);return t>=0?t:(new Intl.Locale(e.language).getWeekInfo?.().firstDay??1)-1},Ri=e=>{for(let t=1;;t*=10)for(let n of[1,2,5]){let r=n*t;if(r*4>=e)return{top:Math.max(1,Math.ceil(e/r))*r,step:r}}},zi=class extends Error{},Bi=async(e,t,n,r,i)=>{let a=e=>e==null?null:ct(e,i)??i/2,o=e=>({start:e.start,mean:a(e.mean),max:a(e.max)}),s=Math.floor(r/Y)*Y,c=async(n,r)=>(await e.callWS({type:`recorder/statistics_during_period`,start_time:new Date(r).toISOString(),statistic_ids:[t],period:n,types:[`mean`,`max`]}))[t]??[];try{let[e,t]=await Promise.all([c(`hour`,s-720*Y),c(`5minute`,s)]),i=Vi(t,s);return Pi(e.map(o),i&&o(i),n,r)}catch(e){throw Ge(e).code===`unknown_command`?new zi:e}},Vi=(e,t)=>{let n=e.flatMap(({mean:e})=>e??[]);return n.length===0?null:{start:t,mean:n.reduce((e,t)=>e+t,0)/n.length,max:Math.max(...e.flatMap(({max:e})=>e??[]))}},Hi=220,Ui=10,Wi=(e,{start:t},n)=>e.date(new Date(t),{hour:`numeric`,minute:`2-digit`,timeZone:n}),Gi=(e,t,n)=>{if(t.mean===null)return e.text(t.when===`past`?`history.gap`:`history.to_come`);let r={mean:X(e,t.mean,n),max:X(e,t.max??t.mean,n)};return e.text(t.when===`now`?`history.so_far`:`history.mean_max`,r)},X=(e,t,n)=>{let r=ct(t,n);return r===null?lt(e.number(n)):e.number(r,{maximumFractionDigits:r>0&&r<.1?2:+(r<10)})},Ki=(e,t,{zone:n,narrow:r,label:i,smallest:a})=>{let o=r?360:840,{top:s,step:c}=Ri(Math.max(...t.map(({max:e,mean:t})=>e??t??0),1)),l=(o-32-4)/Math.max(t.length,1),u=e=>Ui+186*(1-e/s),d=Array.from({length:s/c+1},(e,t)=>t*c),f=r?6:3;return b`<svg class="chart" viewBox="0 0 ${o} ${Hi}" role="img" aria-label=${i}>
    <defs>
      <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch" width="2" height="6" />
      </pattern>
    </defs>
    ${d.map(t=>x`<line class="grid" x1=${32} x2=${o} y1=${u(t)} y2=${u(t)} />
        <text x=${26} y=${u(t)+4} text-anchor="end">${e.number(t)}</text>`)}
    ${t.map((r,i)=>{let o=32+i*l,s=(e,t,n)=>x`<rect class=${e} x=${o+n} y=${u(t)} width=${l-2*n} height=${u(0)-u(t)} />`;return x`<g class=${r.when}>
        <title>${Wi(e,r,n)}: ${Gi(e,r,a)}</title>
        <rect class="area" x=${o} y=${Ui} width=${l} height=${u(0)-Ui} fill="transparent" />
        ${r.mean===null?r.when===`past`?x`<rect class="gap" x=${o+.5} y=${Ui} width=${l-1} height=${u(0)-Ui} fill="url(#gap)" />`:C:[s(`max`,r.max??r.mean,l*.08),s(`mean`,r.mean,l*.26)]}
        ${r.hour%f===0&&t[i-1]?.hour!==r.hour?x`<text x=${o} y=${214}>${Wi(e,r,n)}</text>`:C}
      </g>`})}
  </svg>`},qi=o`
  .chart {
    display: block;
    width: 100%;
    height: auto;
    max-height: 320px;
    overflow: visible;
  }
  .chart text {
    font-size: 12px;
    fill: var(--secondary-text-color);
  }
  .chart .grid {
    stroke: var(--divider-color);
  }
  .chart .hatch {
    fill: var(--secondary-text-color);
    opacity: 0.6;
  }
  .chart .max {
    fill: color-mix(in srgb, var(--primary-color) 35%, transparent);
  }
  .chart .mean {
    fill: var(--primary-color);
  }
  .chart .now rect:not(.area) {
    stroke: var(--primary-text-color);
    stroke-dasharray: 3 3;
  }
  .chart g:hover .area {
    fill: var(--divider-color);
    opacity: 0.5;
  }
`,Ji=({space:e,floor:t,building:n})=>e??t??n,Yi=50,Xi=new WeakMap,Zi=e=>{let t=Xi.get(e);if(!t){let n=e.organizations.length>1;t=e.organizations.flatMap(e=>e.buildings.flatMap(t=>{let{id:r,name:i,entities:a}=t;return[{id:r,name:i,where:n?e.name:``,kind:`building`,entities:a,building:t,floor:null,space:null},...t.floors.flatMap(e=>[{id:e.id,name:e.name,where:i,kind:`floor`,entities:e.entities,building:t,floor:e,space:null},...e.spaces.map(n=>({id:n.id,name:n.name,where:`${e.name} · ${i}`,kind:n.kind,entities:n.entities,building:t,floor:e,space:n}))])]})),Xi.set(e,t)}return t},Qi=e=>e.normalize(`NFKD`).replace(/\p{M}/gu,``).toLocaleLowerCase(),$i=(e,t)=>{let n=Qi(t).split(/\s+/).filter(Boolean),r=Zi(e).filter(({name:e,where:t,space:r})=>{let i=Qi([e,t,...r?.tags??[]].join(` `));return n.every(e=>i.includes(e))}),i=({name:e})=>Qi(e).startsWith(n.join(` `))?0:n.some(t=>Qi(e).includes(t))?1:2;return n.length===0?r:r.map(e=>[i(e),e]).sort(([e],[t])=>e-t).map(([,e])=>e)},ea=class extends E{constructor(...e){super(...e),this.value=``,this.typed=null,this.active=0,this.#e=[],this.#t=0,this.#i=e=>{let t=this.#e.length-1;switch(e.key){case`ArrowDown`:this.active=this.typed===null?0:Math.min(this.active+1,t),this.typed??=``;break;case`ArrowUp`:this.active=Math.max(this.active-1,0);break;case`Enter`:{let e=this.#e[this.active];e&&this.#a(e.id);break}case`Escape`:if(this.typed===null)return;this.typed=null;break;default:return}e.preventDefault()}}#e;#t;willUpdate(e){if(!e.has(`typed`)&&!e.has(`topology`))return;let t=this.typed===null?[]:$i(this.topology,this.typed);this.#e=t.slice(0,Yi),this.#t=t.length-this.#e.length,e.has(`typed`)&&(this.active=0)}updated(){this.renderRoot.querySelector(`[aria-selected="true"]`)?.scrollIntoView({block:`nearest`})}render(){let{texts:e,typed:t}=this,n=t!==null,r=Zi(this.topology).find(({id:e})=>e===this.value);return b`<label for="input">${e.text(`history.space`)}</label>
      <input
        id="input"
        type="search"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-autocomplete="list"
        aria-expanded=${n}
        aria-controls="list"
        aria-activedescendant=${n&&this.#e.length>0?`option-${this.active}`:C}
        placeholder=${e.text(`history.search`)}
        .value=${t??r?.name??``}
        @focus=${e=>{e.target.select()}}
        @click=${()=>{this.typed??=``}}
        @input=${e=>{this.typed=e.target.value}}
        @keydown=${this.#i}
        @blur=${()=>{this.typed=null}}
      />
      <div class="list" ?hidden=${!n}>
        <ul id="list" role="listbox" aria-label=${e.text(`history.space`)}>
          ${this.#e.map((e,t)=>this.#r(e,t))}
        </ul>
        <p class="secondary" role="status">${n?this.#n():C}</p>
      </div>`}#n(){return this.#e.length===0?this.texts.text(`history.no_match`):this.#t>0?this.texts.text(`history.more`,{count:this.#t}):C}#r({id:e,name:t,where:n,kind:r},i){return b`<li
      id="option-${i}"
      role="option"
      aria-selected=${i===this.active}
      ?data-chosen=${e===this.value}
      @mousedown=${e=>{e.preventDefault()}}
      @click=${()=>{this.#a(e)}}
    >
      <bdi>${t}</bdi>
      <span class="secondary">${this.texts.text(`history.kind.${r}`)}${n?b` · <bdi>${n}</bdi>`:C}</span>
    </li>`}#i;#a(e){this.typed=null,this.dispatchEvent(new CustomEvent(`pick`,{detail:e}))}static{this.styles=[G,o`
      :host {
        position: relative;
        display: grid;
        gap: 4px;
      }
      input {
        width: 100%;
      }
      .list {
        position: absolute;
        inset: 100% 0 auto;
        z-index: 2;
        margin-top: 4px;
        background: var(--card-background-color, #fff);
        border: 1px solid var(--divider-color);
        border-radius: 10px;
        box-shadow: 0 4px 16px rgba(0, 0, 0, 0.25);
      }
      [hidden] {
        display: none;
      }
      ul {
        max-height: min(420px, 60vh);
        overflow: auto;
      }
      li {
        display: grid;
        min-height: 44px;
        align-content: center;
        padding: 4px 14px;
        cursor: pointer;
      }
      li[aria-selected="true"] {
        background: var(--secondary-background-color, #eee);
        box-shadow: inset 3px 0 var(--primary-color);
      }
      li[data-chosen] bdi {
        font-weight: 500;
      }
      p {
        padding: 4px 14px;
      }
    `]}};R([D({attribute:!1})],ea.prototype,`topology`,void 0),R([D({attribute:!1})],ea.prototype,`texts`,void 0),R([D({attribute:!1})],ea.prototype,`value`,void 0),R([O()],ea.prototype,`typed`,void 0),R([O()],ea.prototype,`active`,void 0),A(`butlr-space-picker`,ea);var ta=3e5,na=4,ra=Array.from({length:24},(e,t)=>t),ia=``,aa=class extends K{constructor(...e){super(...e),this.error=``,this.#t=``,this.#n=0,this.#s=()=>{!document.hidden&&this.isConnected&&this.#c()}}#e;#t;#n;#r;connectedCallback(){super.connectedCallback(),this.#r=setInterval(this.#s,ta),document.addEventListener(`visibilitychange`,this.#s)}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.#r),document.removeEventListener(`visibilitychange`,this.#s),this.#n+=1,this.#t=``}shown(){let e=this.#a;if(!e)return[];let t=e.smallest_group>0?this.#e?.floor?[this.#e.floor]:this.#e?.building.floors??[]:[],n=[...t,...t.flatMap(({spaces:e})=>e)].map(({entities:e})=>e[qr({entities:e})]);return[e.entities.occupancy,this.#i,...n].filter(e=>e!==void 0)}get#i(){let e=this.#a;return e?.entities[qr(e)]}get#a(){return this.#e&&Ji(this.#e)}willUpdate(e){if(e.has(`topology`)||e.has(`path`)){let e=Zi(this.topology),[t]=this.path;this.#e=t===void 0?e.find(({id:e})=>e===ia)??e.find(e=>e.entities[qr(Ji(e))]!==void 0):e.find(({id:e})=>e===t),this.#e&&(ia=this.#e.id)}let t=`${this.#i??``} ${this.#e?.building.time_zone??``} ${this.#o}`,n=e.get(`hass`);t===this.#t?n&&!n.connected&&this.hass.connected&&this.#c():(this.#t=t,this.past=void 0,this.error=``,this.#c())}get#o(){return this.#a?.smallest_group??0}#s;async#c(){let e=this.#n+=1,t=this.#i,n=this.#e?.building.time_zone;if(t!==void 0&&n!==void 0)try{let r=await Bi(this.hass,t,n,Date.now(),this.#o);if(e!==this.#n)return;this.past=r,this.error=``}catch(t){if(e!==this.#n)return;let{code:n,message:r}=Ge(t);this.error=t instanceof zi?this.texts.text(`history.no_recorder`):this.texts.text(`history.failed`,{error:r||String(n)})}}render(){return b`<div class="view">
      <div class="card head">
        <butlr-space-picker
          .topology=${this.topology}
          .texts=${this.texts}
          .value=${this.#e?.id??``}
          @pick=${e=>{Je(W(`history`,e.detail))}}
        ></butlr-space-picker>
        ${this.#l()}
      </div>
      ${this.#u()}
    </div>`}#l(){let e=this.#e;if(!e)return C;let{texts:t,hass:n}=this,r=Ji(e),i=r.smallest_group>0?e.entities.occupancy??this.#i:this.#i??e.entities.occupancy,a=P(r);return b`<div class="now">
      <h2><bdi>${e.name}</bdi></h2>
      <p class="secondary">${t.text(`history.kind.${e.kind}`)}${e.where?b` · <bdi>${e.where}</bdi>`:C}</p>
      <p class="figure">
        ${Gr(this.topology,t,N(n.states,e.entities))}
        ${Jr(t,n.states,r,e.floor?.spaces,e=>t.count(`history.people`,e))}
      </p>
      ${a?b`<p class="secondary">${t.text(`history.estimate`)}</p>`:C}
      <p class="links">
        ${e.floor?b`<a href=${W(`floor`,e.floor.id,...e.space?[e.id]:[])}>${t.text(`find.on_map`)}</a>`:C}
        ${i===void 0?C:b`<a href="#" @click=${e=>{e.preventDefault(),qe(this,i)}}>${t.text(`find.details`)}</a>`}
      </p>
    </div>`}#u(){let{texts:e,past:t}=this;return this.#e?this.#i===void 0?this.#d(e.text(`history.not_counted`)):this.error?this.#d(this.error):t?[...t.today,...t.weeks].some(({mean:e})=>e!==null)?b`${this.#f(t.today,this.#e.building.time_zone)} ${this.#p(t.weeks,this.#e.building.time_zone)}`:this.#d(e.text(`history.nothing`)):b`<div class="card waiting" aria-busy="true"></div>`:this.#d(e.text(`history.no_space`))}#d(e){return b`<p class="card" role="status">${e}</p>`}#f(e,t){let{texts:n}=this,{peak:r,missing:i}=Ii(e),a=r?n.text(`history.most`,{max:X(n,r.max??0,this.#o),time:Wi(n,r,t)}):n.text(`history.nobody`),o=i>0?` ${n.count(`history.gaps`,i)}`:``;return b`<section class="card">
      <h2>${n.text(`history.today`)}</h2>
      <p class="secondary">${a}${o}</p>
      ${Ki(n,e,{zone:t,narrow:this.narrow,label:`${n.text(`history.today`)}: ${a}${o}`,smallest:this.#o})}
      ${this.#o>0?b`<p class="secondary">${n.text(`history.small_groups`,{mark:lt(n.number(this.#o)),count:this.#o})}</p>`:C}
      <ul class="legend" aria-hidden="true">
        <li><span class="swatch mean"></span>${n.text(`history.legend.mean`)}</li>
        <li><span class="swatch max"></span>${n.text(`history.legend.max`)}</li>
        <li><span class="swatch gap"></span>${n.text(`history.gap`)}</li>
      </ul>
      <details>
        <summary>${n.text(`history.table`)}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">${n.text(`history.hour`)}</th>
              <th scope="col">${n.text(`history.known`)}</th>
            </tr>
          </thead>
          <tbody>
            ${e.filter(({when:e})=>e!==`future`).map(e=>b`<tr>
                  <th scope="row">${Wi(n,e,t)}</th>
                  <td>${Gi(n,e,this.#o)}</td>
                </tr>`)}
          </tbody>
        </table>
      </details>
    </section>`}#p(e,t){let{texts:n}=this,r=Fi(e),i=Math.max(0,...r.flat().map(({mean:e})=>e??0));return b`<section class="card">
      <h2>${n.text(`history.weeks`)}</h2>
      ${this.#m(e,t)}
      <div class="scroll" role="region" tabindex="0" aria-label=${n.text(`history.grid`)}>
        <table class="grid">
          <caption>
            ${n.text(`history.grid`)}
          </caption>
          ${this.narrow?this.#y(r,i):this.#v(r,i)}
        </table>
      </div>
      ${this.#x(i)}
      <p class="secondary">${n.text(`history.zone`,{zone:t.replaceAll(`_`,` `)})}</p>
    </section>`}#m(e,t){let{texts:n}=this,{peak:r,whenUsed:i,used:a,known:o,missing:s}=Ii(e),c={weekday:`short`,month:`short`,day:`numeric`,hour:`numeric`,minute:`2-digit`,timeZone:t};return b`<dl class="figures">
      ${[[`peak`,r?X(n,r.max??0,this.#o):o>0?n.number(0):`–`,r?n.date(new Date(r.start),c):``],[`when_used`,i===null?`–`:X(n,i,this.#o),``],[`used`,o>0?n.percent(a/o):`–`,n.text(`history.used_of`,{used:a,known:o})],[`missing`,n.number(s),``]].map(([e,t,r])=>b`<div>
          <dt>${n.text(`history.figures.${e}`)}</dt>
          <dd><span class="big">${t}</span> <span class="secondary">${r}</span></dd>
        </div>`)}
    </dl>`}get#h(){let e=Li(this.hass.locale);return Array.from({length:7},(t,n)=>(e+n)%7)}#g(e,t){return this.texts.date(new Date(Date.UTC(2024,0,1+e)),{weekday:t,timeZone:`UTC`})}#_(e){return this.texts.date(new Date(Date.UTC(2024,0,1,e)),{hour:`numeric`,timeZone:`UTC`})}#v(e,t){return b`<thead>
        <tr>
          <td></td>
          ${ra.map(e=>b`<th scope="col">
              ${e%3==0?b`<span class="label">${this.#_(e)}</span>`:b`<span class="hidden">${this.#_(e)}</span>`}
            </th>`)}
        </tr>
      </thead>
      <tbody>
        ${this.#h.map(n=>b`<tr>
            <th scope="row" abbr=${this.#g(n,`long`)}>${this.#g(n,`short`)}</th>
            ${ra.map(r=>this.#b(e,n,r,t))}
          </tr>`)}
      </tbody>`}#y(e,t){return b`<thead>
        <tr>
          <td></td>
          ${this.#h.map(e=>b`<th scope="col" abbr=${this.#g(e,`long`)}>${this.#g(e,`short`)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${ra.map(n=>b`<tr>
            <th scope="row">${this.#_(n)}</th>
            ${this.#h.map(r=>this.#b(e,r,n,t))}
          </tr>`)}
      </tbody>`}#b(e,t,n,r){let{mean:i,weeks:a}=e[t]?.[n]??{mean:null,weeks:0},o=`${this.#g(t,`long`)}, ${this.#_(n)}`;if(i===null)return b`<td class="gap" title=${`${o}: ${this.texts.text(`history.gap`)}`}>
        <span class="hidden">${this.texts.text(`history.gap`)}</span>
      </td>`;let s=X(this.texts,i,this.#o),c=this.#o>0?s:this.texts.number(i,{maximumFractionDigits:+(i<10)}),l=`${o}: ${this.texts.text(`history.cell`,{mean:s})} (${this.texts.count(`history.from_weeks`,a)})`;return b`<td class="shade-${oa(i,r)}" title=${l}>${c}</td>`}#x(e){let{texts:t}=this,n=e>0?Array.from({length:na},(e,t)=>t+1):[];return b`<ul class="legend">
      <li><span class="swatch shade-0"></span>${t.text(`history.legend.nobody`)}</li>
      ${n.map(n=>b`<li>
          <span class="swatch shade-${n}"></span>${t.text(`history.legend.up_to`,{mean:X(t,e*n/na,0)})}
        </li>`)}
      <li><span class="swatch gap"></span>${t.text(`history.gap`)}</li>
    </ul>`}static{this.styles=[G,Qr,qi,o`
      .view {
        display: grid;
        gap: 16px;
        max-width: 1100px;
      }
      :host([narrow]) .view {
        gap: 8px;
      }
      :host([narrow]) .card {
        padding: 12px;
      }
      .head {
        display: grid;
        grid-template-columns: minmax(220px, 1fr) minmax(0, 2fr);
        gap: 16px 24px;
        align-items: start;
      }
      :host([narrow]) .head {
        grid-template-columns: minmax(0, 1fr);
      }
      .now > * + * {
        margin-top: 4px;
      }
      :is(.links, .figure) {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 20px;
      }
      .links a {
        padding-block: 8px;
      }
      section h2 {
        font-size: 16px;
      }
      section {
        display: grid;
        gap: 12px;
        min-width: 0;
      }
      .waiting {
        min-height: 320px;
        opacity: 0.6;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
        font-size: 13px;
      }
      .legend li {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      .swatch {
        width: 18px;
        height: 18px;
        border: 1px solid var(--divider-color);
        border-radius: 3px;
      }
      .swatch.mean {
        background: var(--primary-color);
      }
      .swatch.max {
        background: color-mix(in srgb, var(--primary-color) 35%, transparent);
      }
      .gap:is(td, span) {
        background: repeating-linear-gradient(
          45deg,
          color-mix(in srgb, var(--secondary-text-color) 55%, transparent) 0 2px,
          transparent 2px 6px
        );
      }
      .shade-1 {
        background: color-mix(in srgb, var(--primary-color) 12%, transparent);
      }
      .shade-2 {
        background: color-mix(in srgb, var(--primary-color) 24%, transparent);
      }
      .shade-3 {
        background: color-mix(in srgb, var(--primary-color) 36%, transparent);
      }
      .shade-4 {
        background: color-mix(in srgb, var(--primary-color) 50%, transparent);
      }
      summary {
        min-height: 28px;
        cursor: pointer;
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
      }
      details td,
      details th {
        padding: 4px 12px 4px 0;
        text-align: start;
        font-weight: 400;
        border-bottom: 1px solid var(--divider-color);
      }
      .grid {
        width: 100%;
        table-layout: fixed;
        font-variant-numeric: tabular-nums;
      }
      .grid caption {
        padding-bottom: 8px;
        text-align: start;
        color: var(--secondary-text-color);
      }
      .grid :is(td, th) {
        height: 28px;
        padding: 0 1px;
        font-size: 12px;
        font-weight: 400;
        text-align: center;
        overflow-wrap: normal;
      }
      .grid tbody td {
        border: 1px solid var(--divider-color);
      }
      .grid :is(thead td, tbody th) {
        width: 52px;
        text-align: start;
      }
      .grid thead th {
        position: relative;
      }
      .label {
        position: absolute;
        inset-inline-start: 2px;
        top: 4px;
        white-space: nowrap;
      }
      .figures {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
        gap: 12px 24px;
      }
      .figures dt {
        color: var(--secondary-text-color);
      }
      .big {
        font-size: 22px;
        font-weight: 500;
      }
    `]}};R([O()],aa.prototype,`past`,void 0),R([O()],aa.prototype,`error`,void 0);var oa=(e,t)=>e>0?Math.min(na,Math.ceil(e/t*na)):0;A(`butlr-view-history`,aa);function*sa(e){for(let t of e.buildings)for(let e of t.floors)for(let t of e.spaces)yield{floor:e,space:t}}function Z(e,t,n){let r=t[n];return r===void 0?void 0:e[r]}function ca(e,t){let n=[],r=[];for(let i of sa(e)){if(i.space.entities.occupancy===void 0)continue;let e=N(t,i.space.entities);e===`unavailable`?n.push(i):e===`unknown`&&r.push(i)}let{hardware:i,entities:a}=e,o=i.filter(e=>Z(t,e.entities,`connectivity`)?.state===`off`),s=o.filter(({kind:e})=>e===`sensor`);return{unavailable:n,unknown:r,offlineHives:o.filter(({kind:e})=>e===`hive`),offlineSensors:s,offlineSensorCount:i.length>0?s.length:Tt(t,a,`sensors_offline`)??0,batteries:i.filter(e=>Z(t,e.entities,`battery`)?.state===`on`),polling:Z(t,a,`update_mode`)?.state===`polling`}}var la=100,ua=4,da={connected:`good`,offline:`alert`,unknown:`info`,unavailable:`info`,good:`good`,due:`alert`},fa=class extends K{constructor(...e){super(...e),this.onlyProblems=!1,this.floor=``,this.all=!1,this.#o=e=>{this.floor=e.target.value},this.#s=e=>{this.onlyProblems=e.target.checked},this.#c=()=>{this.all=!0}}#e;shown(){if(this.#e?.topology!==this.topology){let e=this.topology.organizations.flatMap(({entities:e,hardware:t})=>[...Object.values(e),...t.flatMap(e=>Object.values(e.entities))]);this.#e={topology:this.topology,ids:e}}return this.#e.ids}render(){let e=this.topology.organizations.filter(({state:e})=>e===`loaded`);return b`${e.map(t=>b`
        ${e.length>1?b`<h2>${t.name}</h2>`:C} ${this.#t(t)}
        ${t.hardware.length>0?this.#r(t):this.#n(t)}
      `)}`}#t({entities:e}){let{texts:t,hass:n}=this,r=Z(n.states,e,`update_mode`)?.state,i=r===`push`||r===`polling`?r:`unknown`,a=new Date(Z(n.states,e,`last_push`)?.state??``);return b`
      <section class="card pushes ${i}">
        <h2>${U(i===`push`?`good`:`info`)}${t.text(`maintenance.push.${i}.title`)}</h2>
        <p>${t.text(`maintenance.push.${i}.text`)}</p>
        ${Number.isNaN(a.getTime())?C:b`<p class="secondary">${t.text(`maintenance.push.last`,{time:t.moment(a)})}</p>`}
        ${i===`polling`&&n.user?.is_admin?b`<p><a href="/config/repairs">${t.text(`maintenance.push.repairs`)}</a></p>`:C}
      </section>
    `}#n({entities:e}){let{texts:t,hass:n}=this,r=Tt(n.states,e,`sensors_offline`);return b`
      <section class="card none">
        <h2>${t.text(`maintenance.none.title`)}</h2>
        ${r===null?C:b`<p>${t.text(`maintenance.none.offline`,{count:r})}</p>`}
        ${n.user?.is_admin?b`<p>${t.text(`maintenance.none.admin`)}</p>
              <p><a class="button" href="/config/integrations/integration/butlr">${t.text(`panel.open_integration`)}</a></p>`:b`<p>${t.text(`maintenance.none.text`)}</p>`}
      </section>
    `}#r(e){let{texts:t}=this,n=this.#i(e),r=n.filter(({rank:e})=>e<ua).length,i=n.filter(({rank:e,hardware:t})=>(!this.onlyProblems||e<ua)&&(!this.floor||t.floor_id===this.floor)),a=this.all?i:i.slice(0,la),o=a.some(e=>e.battery!==null),s=a.some(({hardware:e})=>e.entities.last_heartbeat!==void 0),c=e=>b`<th scope="col">${t.text(`maintenance.column.${e}`)}</th>`;return b`
      <section class="card hardware">
        <header>
          <h2>${t.text(`maintenance.hardware`)}</h2>
          <span class="secondary" role="status">
            <bdi>${t.count(`maintenance.devices`,n.length)}</bdi> ·
            ${r===0?t.text(`maintenance.no_problems`):t.count(`maintenance.problems`,r)}
          </span>
        </header>
        <div class="tools">
          ${this.#a(e)}
          <label class="check">
            <input type="checkbox" .checked=${this.onlyProblems} @change=${this.#s} />
            ${t.text(`maintenance.only_problems`)}
          </label>
        </div>
        ${a.length===0?b`<p class="secondary">${t.text(`maintenance.no_match`)}</p>`:b`<table>
              <thead>
                <tr>
                  ${c(`name`)} ${c(`place`)} ${c(`connection`)} ${o?c(`battery`):C}
                  ${s?c(`heartbeat`):C}
                </tr>
              </thead>
              <tbody>
                ${a.map(e=>this.#l(e,o,s))}
              </tbody>
            </table>`}
        ${a.length<i.length?b`<p class="more">
              <button type="button" @click=${this.#c}>${t.text(`maintenance.show_all`,{count:i.length})}</button>
            </p>`:C}
      </section>
    `}#i({hardware:e}){let{states:t}=this.hass,n=new Intl.Collator(this.texts.language,{numeric:!0});return e.map(e=>{let n=pa[Z(t,e.entities,`connectivity`)?.state??`unknown`]??`unknown`,r=e.entities.battery===void 0?null:ma[Z(t,e.entities,`battery`)?.state??`unknown`]??`unknown`;return{hardware:e,connection:n,battery:r,rank:ha(e,n,r)}}).sort((e,t)=>e.rank-t.rank||n.compare(e.hardware.name,t.hardware.name))}#a(e){let{texts:t}=this,n=new Set(e.hardware.map(({floor_id:e})=>e)),r=e.buildings.map(({name:e,floors:t})=>({name:e,floors:t.filter(({id:e})=>n.has(e))}));return r.flatMap(({floors:e})=>e).length<2?C:b`<label>
      <span class="hidden">${t.text(`maintenance.filter_floor`)}</span>
      <select @change=${this.#o}>
        <option value="" .selected=${this.floor===``}>${t.text(`maintenance.all_floors`)}</option>
        ${r.map(({name:e,floors:t})=>b`<optgroup label=${e}>
            ${t.map(e=>b`<option value=${e.id} .selected=${e.id===this.floor}>${e.name}</option>`)}
          </optgroup>`)}
      </select>
    </label>`}#o;#s;#c;#l({hardware:e,connection:t,battery:n},r,i){let{texts:a}=this,o=a.text(`maintenance.${e.kind}`);return b`
      <tr>
        <th scope="row">
          ${this.#u(e)}
          <span class="secondary">${[o,e.model].filter(Boolean).join(` · `)}</span>
        </th>
        <td data-label=${a.text(`maintenance.column.place`)}>${this.#d(e)}</td>
        <td data-label=${a.text(`maintenance.column.connection`)}>
          ${ga(t,a.text(`maintenance.connection.${t}`))}
        </td>
        ${r?b`<td class=${n===null?`absent`:``} data-label=${a.text(`maintenance.column.battery`)}>
              ${n===null?`–`:this.#f(e,n)}
            </td>`:C}
        ${i?b`<td data-label=${a.text(`maintenance.column.heartbeat`)}>${this.#p(e,`last_heartbeat`)??`–`}</td>`:C}
      </tr>
    `}#u({name:e,device_id:t,entities:n}){let[r]=[n.connectivity,...Object.values(n)];return t!==null&&this.hass.user?.is_admin?b`<a href="/config/devices/device/${t}">${e}</a>`:r===void 0?e:b`<button
      type="button"
      class="link"
      @click=${()=>{qe(this,r)}}
    >
      ${e}
    </button>`}#d({floor_id:e,room_id:t}){let{floors:n,spaces:r}=L(this.topology),i=n.get(e??``);if(!i)return`–`;let{organization:a,building:o,floor:s}=i,c=r.get(t??``)?.space,l=a.buildings.length>1?`${s.name} · ${o.name}`:s.name;return b`${c?b`<a href=${W(`floor`,s.id,c.id)}>${c.name}</a>`:C}
      <a class=${c?`secondary`:``} href=${W(`floor`,s.id)}>${l}</a>`}#f(e,t){let n=this.#m(e,`battery_change_by`),{texts:r}=this;return b`${ga(t,r.text(`maintenance.battery.${t}`))}
    ${n?b`<span class="secondary by">${r.text(`maintenance.battery.by`,{date:n})}</span>`:C}`}#p(e,t){let n=new Date(Z(this.hass.states,e.entities,t)?.state??``);return Number.isNaN(n.getTime())?null:this.texts.moment(n)}#m(e,t){let n=new Date(Z(this.hass.states,e.entities,t)?.state??``);return Number.isNaN(n.getTime())?null:this.texts.date(n,{year:`numeric`,month:`short`,day:`numeric`})}static{this.styles=[G,o`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      .card h2 {
        font-size: 16px;
      }
      h2 {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .pushes > * + *,
      .none > * + * {
        margin-top: 8px;
      }
      .pushes svg.icon {
        fill: var(--info-color, #039be5);
      }
      .pushes.push svg.icon {
        fill: var(--success-color);
      }
      header,
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 8px 16px;
      }
      .tools {
        align-items: center;
        margin-block: 12px;
      }
      label {
        max-width: 100%;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 44px;
      }
      .check input {
        width: 20px;
        height: 20px;
        accent-color: var(--primary-color);
      }
      table {
        width: 100%;
        border-collapse: collapse;
      }
      th {
        text-align: start;
        font-weight: 400;
      }
      thead th {
        padding-bottom: 6px;
        font-size: 12px;
        color: var(--secondary-text-color);
      }
      tbody th,
      td {
        padding: 10px 12px 10px 0;
        border-top: 1px solid var(--divider-color);
        vertical-align: top;
      }
      :host(:dir(rtl)) :is(tbody th, td) {
        padding: 10px 0 10px 12px;
      }
      tbody th > *,
      td > a,
      .by {
        display: block;
      }
      a,
      .link {
        text-underline-offset: 3px;
        text-decoration-color: var(--secondary-text-color);
      }
      .link {
        min-height: 0;
        padding: 0;
        border: 0;
        background: none;
        text-align: start;
        text-decoration-line: underline;
      }
      .mark {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        white-space: nowrap;
      }
      .mark svg.icon {
        width: 18px;
        height: 18px;
        fill: var(--secondary-text-color);
      }
      .mark.alert svg.icon {
        fill: var(--error-color);
      }
      .mark.good svg.icon {
        fill: var(--success-color);
      }
      .more {
        margin-top: 12px;
        text-align: center;
      }
      @container (max-width: 640px) {
        thead {
          position: absolute;
          clip-path: inset(50%);
          width: 1px;
          height: 1px;
          overflow: hidden;
        }
        tbody tr {
          display: grid;
          grid-template-columns: 1fr auto;
          gap: 2px 12px;
          padding-block: 10px;
          border-top: 1px solid var(--divider-color);
        }
        tbody th,
        td,
        :host(:dir(rtl)) :is(tbody th, td) {
          padding: 0;
          border: 0;
        }
        td:nth-child(even) {
          text-align: end;
        }
        .absent {
          display: none;
        }
      }
    `]}};R([O()],fa.prototype,`onlyProblems`,void 0),R([O()],fa.prototype,`floor`,void 0),R([O()],fa.prototype,`all`,void 0);var pa={on:`connected`,off:`offline`,unavailable:`unavailable`},ma={on:`due`,off:`good`};function ha({kind:e},t,n){return t===`offline`?e===`hive`?0:1:n===`due`?2:t===`connected`?ua:3}function ga(e,t){return b`<span class="mark ${da[e]}">${U(da[e])}${t}</span>`}A(`butlr-view-maintenance`,fa);var _a=o`
  .organization {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(280px, 1fr);
    gap: 16px;
    align-items: start;
  }
  .organization + .organization {
    margin-top: 32px;
  }
  .name,
  .total {
    grid-column: 1 / -1;
  }
  .total {
    display: flex;
    flex-wrap: wrap;
    gap: 0 20px;
    margin-block: -4px;
  }
  .total:not(:has(span, bdi)) {
    display: none;
  }
  .total b {
    font-weight: 500;
    color: var(--primary-text-color);
  }
  .buildings,
  .aside {
    display: grid;
    gap: 16px;
    min-width: 0;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 4px 16px;
  }
  .busiest,
  h3 + p {
    margin-top: 4px;
  }
  .figures {
    display: flex;
    flex-wrap: wrap;
    gap: 12px 20px;
    margin: 12px 0 16px;
  }
  .figures > div {
    flex: 1 1 auto;
  }
  .figures dd {
    font-size: 28px;
    line-height: 1.25;
    font-variant-numeric: tabular-nums;
  }
  .figures dd .secondary {
    font-size: 18px;
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  th {
    text-align: start;
    font-weight: 400;
  }
  thead th {
    color: var(--secondary-text-color);
    font-size: 12px;
    padding-bottom: 6px;
  }
  tbody th,
  td {
    border-top: 1px solid var(--divider-color);
    padding-block: 6px;
  }
  th:not(:first-child),
  td {
    padding-inline-start: 12px;
  }
  th.number {
    text-align: end;
  }
  tbody th a {
    margin-inline-end: 16px;
    font-weight: 500;
    line-height: 2;
  }
  tbody .status {
    vertical-align: middle;
  }
  tbody th,
  td {
    vertical-align: middle;
  }
  td .bar {
    display: inline-block;
    width: 64px;
    margin: 0 8px 2px 0;
    direction: inherit;
  }
  .used > span:last-child {
    display: inline-block;
    min-width: 44px;
  }
  a {
    text-decoration-color: var(--secondary-text-color);
    text-underline-offset: 3px;
  }
  .busiest li {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 2px 12px;
    padding-block: 8px;
  }
  .busiest li + li {
    border-top: 1px solid var(--divider-color);
  }
  .busiest .secondary {
    display: block;
  }
  .busiest .bar {
    grid-column: 1 / -1;
  }
  .attention {
    display: grid;
    gap: 12px;
  }
  .attention li,
  .calm {
    display: flex;
    gap: 10px;
  }
  .attention svg {
    fill: var(--warning-color);
  }
  .calm svg {
    fill: var(--success-color);
  }
  summary {
    cursor: pointer;
  }
  summary h3 {
    display: inline;
  }
  .attention {
    margin-top: 12px;
  }
  .count {
    display: inline-block;
    min-width: 24px;
    margin-inline-start: 4px;
    border-radius: 12px;
    background: var(--secondary-background-color);
    text-align: center;
  }
  .previews {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr));
    gap: 16px;
    margin-top: 16px;
  }
  /* The whole map is a link, once for the keyboard. */
  .previews > div {
    position: relative;
  }
  .previews a::after {
    content: "";
    position: absolute;
    inset: 0;
    border-radius: 8px;
  }
  .previews a:hover::after,
  .previews a:focus-visible::after {
    outline: 2px solid var(--primary-color);
    outline-offset: 4px;
  }
  .previews h3 {
    margin-bottom: 8px;
    font-size: 14px;
  }
  .previews h3 a {
    text-decoration: none;
  }
  butlr-map::part(foot) {
    display: none;
  }
  @container (min-width: 1500px) {
    .organization {
      grid-template-columns: minmax(0, 3fr) minmax(280px, 1fr);
    }
  }
  .names {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
  }
  @container (max-width: 840px) {
    .organization {
      grid-template-columns: minmax(0, 1fr);
      gap: 12px;
    }
    .aside {
      display: contents;
    }
    .aside > :first-child {
      order: -1;
    }
    .name,
    .total {
      order: -2;
      padding-inline: 8px;
    }
    td .bar {
      display: none;
    }
    .figures dd {
      font-size: 24px;
    }
  }
`,va=5,ya=3,ba=4,xa=250,Sa=class extends K{#e;shown(){return this.#e?.topology!==this.topology&&(this.#e={topology:this.topology,ids:[...Ca(this.topology)]}),this.#e.ids}render(){let e=this.topology.organizations.filter(({buildings:e})=>e.length>0);return b`${e.map(t=>this.#t(t,e.length>1))}`}#t(e,t){return b`
      <section class="organization">
        ${t?b`<h2 class="name">${e.name}</h2>`:C}
        <p class="total secondary">${this.#n(e)} ${this.#r(e)}</p>
        <div class="buildings">${e.buildings.map(e=>this.#i(e))}</div>
        <div class="aside">${this.#d(e)} ${this.#c(e)}</div>
      </section>
    `}#n(e){let t=Jr(this.texts,this.hass.states,e);return e.buildings.length<2||t===C?C:b`<span>${this.texts.text(`overview.people`)} <b>${t}</b></span>`}#r({entry_id:e}){let t=this.asOf[e];if(t===void 0)return C;let n=this.texts.moment(new Date(t*1e3));return b`<bdi>${this.texts.text(`panel.as_of`,{time:n})}</bdi>`}#i(e){let{texts:t,hass:n,topology:r}=this,{entities:i}=e;return b`
      <section class="card building">
        <header>
          <h2>${e.name}</h2>
          ${i.occupancy===void 0?C:Gr(r,t,N(n.states,i))}
        </header>
        <dl class="figures">
          ${this.#o(`people`,Jr(t,n.states,e))}
          ${this.#o(`free_rooms`,Xr(t,n.states,i,e.floors))}
          ${this.#o(`utilization`,Yr(t,n.states,e),Zr(jt(n.states,e).number))}
        </dl>
        <table>
          <thead>
            <tr>
              <th scope="col">${t.text(`overview.floor`)}</th>
              <th scope="col" class="number">${t.text(`overview.people`)}</th>
              <th scope="col" class="number">${t.text(`overview.free_rooms`)}</th>
              <th scope="col" class="number">${t.text(`overview.utilization`)}</th>
            </tr>
          </thead>
          <tbody>
            ${e.floors.map(e=>this.#s(e))}
          </tbody>
        </table>
        ${this.#a(e)}
      </section>
    `}#a(e){let t=this.topology.organizations.flatMap(({buildings:e})=>e.flatMap(e=>e.floors)),n=t.reduce((e,t)=>e+t.spaces.length,0);return t.length>ba||n>xa?C:b`<div class="previews">
      ${e.floors.map(e=>b`
          <div>
            <h3><a href=${W(`floor`,e.id)}>${e.name}</a></h3>
            <butlr-map
              inert
              passive
              .hass=${this.hass}
              .floor=${e}
              .statuses=${this.topology.statuses}
              .texts=${this.texts}
            ></butlr-map>
          </div>
        `)}
    </div>`}#o(e,t,n=C){return t===C?C:b`<div>
      <dt class="secondary">${this.texts.text(`overview.${e}`)}</dt>
      <dd>${t}${n}</dd>
    </div>`}#s(e){let{texts:t,hass:n,topology:r}=this,{entities:i}=e,{states:a}=n,o=b`<span class="secondary" aria-label=${t.text(`overview.not_measured`)}>–</span>`,s=e=>e===C?o:e;return b`
      <tr>
        <th scope="row">
          <a href=${W(`floor`,e.id)}>${e.name}</a>
          ${i.occupancy===void 0?C:b`<span class="secondary">${Gr(r,t,N(a,i))}</span>`}
        </th>
        <td class="number">${s(Jr(t,a,e))}</td>
        <td class="number">${s(Xr(t,a,i,[e]))}</td>
        <td class="number used">
          ${Zr(jt(a,e).number)}
          <span>${s(Yr(t,a,e))}</span>
        </td>
      </tr>
    `}#c(e){let{texts:t}=this,n=this.#l(e),r=e.buildings.length>1,{floors:i}=L(this.topology);return b`
      <section class="card">
        <h3>${t.text(`overview.busiest`)}</h3>
        ${n.length===0?b`<p class="secondary">${t.text(`overview.nobody`)}</p>`:b`<ol class="busiest">
              ${n.map(e=>this.#u(e,r?i.get(e.floor.id)?.building:void 0))}
            </ol>`}
      </section>
    `}#l(e){let t=[];for(let{floor:n,space:r}of sa(e)){let e=F(this.hass.states,r,n.spaces);it(e)>0&&t.push({floor:n,space:r,people:e})}return t.sort((e,t)=>it(t.people)-it(e.people)).slice(0,va)}#u({floor:e,space:t,people:n},r){let{texts:i}=this,a=jt(this.hass.states,t,e.spaces).number;return b`
      <li>
        <span>
          <a href=${W(`floor`,e.id,t.id)}>${t.name}</a>
          <span class="secondary">${[e.name,...r?[r.name]:[]].join(` · `)}</span>
        </span>
        <span class="number">
          <bdi>${n.fewerThan===null&&t.estimated?`≈ `:C}${Rt(i,{people:n,estimated:!1})}</bdi>
          ${a===null?C:b`<span class="secondary">${i.percent(a/100)}</span>`}
        </span>
        ${Zr(a)}
      </li>
    `}#d(e){let{texts:t,hass:n}=this,{unavailable:r,unknown:i,offlineHives:a,offlineSensorCount:o,batteries:s,polling:c}=ca(e,n.states),l=[this.#f(`overview.unavailable`,r),this.#f(`overview.unknown`,i),this.#p(`overview.hives_offline`,a.length),this.#p(`overview.sensors_offline`,o),this.#p(`overview.batteries`,s.length),c?b`<li>${U(`info`)}<span><a href=${W(`maintenance`)}>${t.text(`overview.polling`)}</a></span></li>`:C].filter(e=>e!==C);return l.length===0?b`<section class="card calm">${U(`good`)}<span>${t.text(`overview.calm`)}</span></section>`:b`
      <section class="card">
        <details ?open=${!this.narrow}>
          <summary>
            <h3>${t.text(`overview.attention`)}</h3>
            <span class="count">${t.number(l.length)}</span>
          </summary>
          <ul class="attention">
            ${l}
          </ul>
        </details>
      </section>
    `}#f(e,t){if(t.length===0)return C;let n=t.length-ya;return b`
      <li>
        ${U(`alert`)}
        <span>
          <bdi>${this.texts.count(e,t.length)}</bdi>
          <span class="names">
            ${t.slice(0,ya).map(({floor:e,space:t})=>b`<a href=${W(`floor`,e.id,t.id)}>${t.name}</a> `)}
            ${n>0?b`<span class="secondary">${this.texts.count(`overview.more`,n)}</span>`:C}
          </span>
        </span>
      </li>
    `}#p(e,t){return t===0?C:b`<li>
      ${U(`alert`)}
      <span><a href=${W(`maintenance`)}><bdi>${this.texts.count(e,t)}</bdi></a></span>
    </li>`}static{this.styles=[G,Qr,_a]}};function*Ca(e){for(let t of e.organizations){yield*Object.values(t.entities);for(let e of t.buildings){yield*Object.values(e.entities);for(let t of e.floors){yield*Object.values(t.entities);for(let e of t.spaces)yield*Object.values(e.entities)}}for(let e of t.hardware)yield*Object.values(e.entities)}}A(`butlr-view-overview`,Sa);var wa=`/config/integrations/integration/butlr`,Ta=class extends E{constructor(...e){super(...e),this.narrow=!1,this.#e=new En(this),this.#t=new Xn(this),this.#n=null,this.#r=``}#e;#t;#n;#r;#i;willUpdate(){this.#n=jr(this.route?.path??``);let e=this.#t.texts?.rightToLeft?`rtl`:`ltr`;this.dir!==e&&(this.dir=e)}render(){let e=this.#n;return b`${this.#o(e)}
      <main aria-busy=${this.#a?`false`:`true`}>${this.#c(e)}</main>`}updated(){this.#y();let e=this.#n?[this.#n.view,this.#n.path[0]].join(`/`):``;this.#r!==e&&this.renderRoot.querySelector(`main`)?.scrollTo(0,0),this.#r=e}get#a(){return this.#e.topology!==void 0&&this.#t.texts!==void 0}#o(e){let t=this.#t.texts;return b`
      <header>
        ${this.hass?.dockedSidebar!==`always_hidden`&&!this.narrow?C:b`<button class="menu" aria-label=${t?.text(`panel.menu`)??`…`} @click=${this.#s}>
              ${U(`menu`)}
            </button>`}
        <h1>Butlr</h1>
      </header>
      <nav aria-label=${t?.text(`panel.views`)??`…`}>
        ${Ar.map(n=>b`
            <a href=${W(n)} aria-current=${e?.view===n?`page`:C}>
              ${U(n)}<span>${t?.text(`panel.tabs.${n}`)??b`&nbsp;`}</span>
            </a>
          `)}
      </nav>
    `}#s(){this.dispatchEvent(new CustomEvent(`hass-toggle-menu`,{bubbles:!0,composed:!0}))}#c(e){let t=this.#t.texts,{topology:n,error:r}=this.#e;if(t&&!n&&r)return this.#m(t,r.code,r.message);if(!this.hass||!t||!n)return this.#u();if(!e)return this.#v(t);let{organizations:i}=n;if(i.length===0)return this.#h(t);let a=i.filter(({state:e})=>e!==`loaded`),o=i.some(({buildings:e})=>e.length>0);return b`
      <div role="status">${this.hass.connected?C:this.#d(t.text(`panel.disconnected`))}</div>
      ${a.map(e=>this.#_(t,e))}
      ${o?this.#l(e,this.hass,n,t):a.length<i.length?this.#g(t):C}
    `}#l({view:e,path:t},n,r,i){let a=`butlr-view-${e}`;this.#i?.localName!==a&&(this.#i=document.createElement(a));let o=this.#i.path.join(`/`)===t.join(`/`),s={hass:n,topology:r,texts:i,asOf:this.#e.asOf,narrow:this.narrow,path:o?this.#i.path:t};return Object.assign(this.#i,s)}#u(){return b`<div class="skeleton" aria-hidden="true">
      <div></div>
      <div></div>
      <div></div>
    </div>`}#d(e){return b`<p class="card notice">${U(`alert`)}<span>${e}</span></p>`}#f(e,...t){return b`<section class="card message">
      <h2>${e}</h2>
      ${t}
    </section>`}#p(e){return this.hass?.user?.is_admin?b`<p><a class="button" href=${wa}>${e.text(`panel.open_integration`)}</a></p>`:b`<p>${e.text(`panel.ask_admin`)}</p>`}#m(e,t,n){let r=t===`unknown_command`;return this.#f(e.text(`panel.failed.title`),b`<p>${e.text(r?`panel.failed.not_set_up`:`panel.failed.text`,{error:n||String(t)})}</p>
        <p>${e.text(`panel.failed.retrying`)}</p>`,this.#p(e))}#h(e){return this.#f(e.text(`panel.not_set_up.title`),b`<p>${e.text(`panel.not_set_up.text`)}</p>`,this.#p(e))}#g(e){let t=this.hass?.user?.is_admin;return this.#f(e.text(`panel.no_rooms.title`),b`<p>${e.text(t?`panel.no_rooms.admin`:`panel.no_rooms.text`)}</p>`,t?this.#p(e):C)}#_(e,{name:t,state:n,reason:r}){let i=Ea.find(e=>e===n)??`not_loaded`;return b`<section class="card message" role="status">
      <h2>${e.text(`panel.state.${i}.title`,{name:t})}</h2>
      <p>${e.text(`panel.state.${i}.text`)}</p>
      ${r?b`<p class="secondary">${e.text(`panel.reason`,{reason:r})}</p>`:C}
      ${i===`setup_in_progress`?C:this.#p(e)}
    </section>`}#v(e){return this.#f(e.text(`panel.not_found.title`),b`<p>${e.text(`panel.not_found.text`)}</p>
        <p><a class="button" href=${W(`overview`)}>${e.text(`panel.not_found.link`)}</a></p>`)}#y(){let e=this.#n,t=this.#t.texts;if(!e||!t||!this.isConnected)return;let n=`${t.text(`panel.tabs.${e.view}`)} – Butlr – Home Assistant`;document.title!==n&&(document.title=n)}static{this.styles=[G,o`
      :host {
        display: grid;
        grid-template: auto 1fr / auto 1fr;
        grid-template-areas: "header nav" "main main";
        height: calc(100vh - var(--safe-area-inset-top, 0px) - var(--safe-area-inset-bottom, 0px));
        height: calc(100dvh - var(--safe-area-inset-top, 0px) - var(--safe-area-inset-bottom, 0px));
        background: var(--primary-background-color);
      }
      header,
      nav {
        display: flex;
        align-items: center;
        min-height: var(--header-height, 56px);
        background: var(--sidebar-background-color, var(--card-background-color));
        color: var(--sidebar-text-color, var(--primary-text-color));
        border-bottom: 1px solid var(--divider-color);
      }
      header {
        grid-area: header;
        gap: 4px;
        padding-inline: 16px 24px;
      }
      nav {
        grid-area: nav;
        padding-inline-end: 12px;
        min-width: 0;
      }
      h1 {
        font-size: 20px;
        font-weight: 400;
      }
      .menu {
        width: 48px;
        height: 48px;
        padding: 0;
        margin-inline-start: -12px;
        border: 0;
        border-radius: 50%;
        background: none;
      }
      .menu svg {
        width: 24px;
        height: 24px;
      }
      nav a {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 8px;
        align-self: stretch;
        min-width: 0;
        padding-inline: 14px;
        font-weight: 500;
        text-decoration: none;
        border-bottom: 3px solid transparent;
        border-top: 3px solid transparent;
      }
      nav a[aria-current] {
        border-bottom-color: var(--primary-color);
      }
      nav a:focus-visible {
        outline-offset: -4px;
      }
      nav span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      nav svg.icon {
        opacity: 0.7;
      }
      nav a[aria-current] svg.icon {
        opacity: 1;
        fill: var(--primary-color);
      }
      main {
        grid-area: main;
        /* The views ask for its width: that of the page includes the sidebar. */
        container-type: inline-size;
        overflow: auto;
        overscroll-behavior: contain;
        padding: 16px;
      }
      main > * {
        max-width: 1600px;
        margin-inline: auto;
      }
      :host([narrow]) {
        grid-template: auto 1fr auto / 1fr;
        grid-template-areas: "header" "main" "nav";
      }
      :host([narrow]) main {
        padding: 8px;
      }
      :host([narrow]) nav {
        padding: 0;
        border-bottom: 0;
        border-top: 1px solid var(--divider-color);
      }
      :host([narrow]) nav a {
        flex: 1 1 0;
        flex-direction: column;
        gap: 2px;
        padding: 6px 2px;
        font-size: 12px;
        border-top-color: transparent;
        border-bottom: 0;
      }
      :host([narrow]) nav a[aria-current] {
        border-top-color: var(--primary-color);
      }
      :host([narrow]) nav span {
        max-width: 100%;
      }
      .notice {
        display: flex;
        gap: 12px;
        align-items: center;
        margin-bottom: 16px;
      }
      .notice svg,
      .message svg {
        fill: var(--warning-color);
      }
      .message {
        max-width: 640px;
        margin-bottom: 16px;
        padding: 24px;
      }
      .message > * + * {
        margin-top: 12px;
      }
      .skeleton {
        display: grid;
        gap: 16px;
        animation: appear 0.3s 0.2s both;
      }
      .skeleton div {
        height: 160px;
        border-radius: var(--ha-card-border-radius, 12px);
        background: var(--card-background-color);
        opacity: 0.7;
      }
      @keyframes appear {
        from {
          opacity: 0;
        }
      }
    `]}};R([D({attribute:!1})],Ta.prototype,`hass`,void 0),R([D({type:Boolean,reflect:!0})],Ta.prototype,`narrow`,void 0),R([D({attribute:!1})],Ta.prototype,`route`,void 0),R([D({attribute:!1})],Ta.prototype,`panel`,void 0);var Ea=[`setup_retry`,`setup_error`,`setup_in_progress`,`migration_error`,`not_loaded`];A(`butlr-panel`,Ta);var Da=class extends HTMLElement{#e;#t;#n;set hass(e){let t=!this.#e;this.#e=e,this.#n&&(this.#n.hass=e),t&&this.#i(e)}setConfig(e){this.#t=e,this.#n&&(this.#n.data=this.#r())}#r(){return{buildings:this.#t?.buildings??[],maintenance:this.#t?.maintenance??!0}}async#i(e){let t=await B(e),n=(Tn(e.connection).topology?.organizations??[]).flatMap(e=>e.buildings).map(({id:e,name:t})=>({value:e,label:t})),r=document.createElement(`ha-form`);r.hass=this.#e??e,r.data=this.#r(),r.schema=[{name:`buildings`,selector:{select:{multiple:!0,mode:`list`,options:n}}},{name:`maintenance`,selector:{boolean:{}}}],r.computeLabel=({name:e})=>t.text(`dashboard.field.${e}`),r.computeHelper=({name:e})=>e===`buildings`?t.text(`dashboard.field.buildings_helper`):void 0,r.addEventListener(`value-changed`,e=>{e.stopPropagation(),this.#a(e.detail.value)}),this.#n=r,this.replaceChildren(r)}#a({buildings:e,maintenance:t}){let n={type:this.#t?.type??`custom:butlr`,...e&&e.length>0&&{buildings:e},...t===!1&&{maintenance:t}};this.dispatchEvent(new CustomEvent(`config-changed`,{detail:{config:n},bubbles:!0,composed:!0}))}},Q=(...e)=>e.filter(e=>e!==void 0),Oa=({entities:e,smallest_group:t})=>t===0?e:Object.fromEntries(Object.entries(e).filter(([e])=>!ka.has(e))),ka=new Set([`people`,`people_estimate`,`utilization`,`busyness`,`entries_today`,`exits_today`]),Aa={columns:`full`},ja=(e,t,n=[],r)=>({type:`heading`,heading:e,heading_style:`title`,icon:t,...n.some(e=>e!==void 0)&&{badges:Q(...n).map(e=>({type:`entity`,entity:e,show_state:!0,show_icon:!0}))},...r!==void 0&&{tap_action:{action:`navigate`,navigation_path:r}}}),Ma=e=>{let{name:t,estimated:n}=e,r=Oa(e),i=(n?r.people_estimate:r.people)??r.occupancy;return i===void 0?void 0:{type:`tile`,entity:i,name:t}},Na=e=>e===void 0?void 0:{type:`tile`,entity:e,name:{type:`entity`}},Pa=(e,t)=>t===void 0?void 0:{type:`gauge`,entity:t,name:e,min:0,max:100,needle:!0,severity:{green:0,yellow:70,red:95},grid_options:{columns:6}},Fa=(e,t)=>t===void 0?void 0:{entity:t,name:e},Ia=(e,t)=>{let n=Q(...t);return n.length===0?void 0:{type:`history-graph`,title:e,hours_to_show:24,entities:n,grid_options:Aa}},La=(e,t)=>{let n=Q(...t);return n.length===0?void 0:{type:`statistics-graph`,title:e,entities:n,days_to_show:7,period:`hour`,stat_types:[`mean`,`max`],chart_type:`line`,grid_options:Aa}},Ra=(e,t,n)=>t.length===0?void 0:{type:`entity-filter`,entities:t,conditions:[{condition:`state`,state:n}],show_empty:!1,card:{type:`entities`,title:e,show_header_toggle:!1},grid_options:Aa},za=e=>({type:`markdown`,content:e,text_only:!0,grid_options:Aa}),Ba=e=>({type:`custom:butlr-floor-map`,floor:e,title:``,grid_options:Aa}),Va=e=>({type:`custom:butlr-rooms`,floor:e,grid_options:Aa}),Ha=4,Ua=30,Wa=80,Ga=e=>`floor-${e.id}`,Ka=(...e)=>({type:`sections`,max_columns:Ha,dense_section_placement:!0,sections:Q(...e)}),$=(e,t)=>({type:`grid`,cards:e,...t!==void 0&&{column_span:t}}),qa=(e,t)=>e.name.localeCompare(t.name,void 0,{numeric:!0}),Ja=(e,t,n)=>{let r=[...n].sort(qa).map(Ma).filter(e=>e!==void 0).slice(0,Wa);return r.length===0?void 0:$([ja(e,t),...r])},Ya=e=>e.spaces.filter(e=>e.kind===`room`),Xa=(e,t,n)=>{let r=Oa(e);return $([ja(e.name,`mdi:layers`,[],n),...e.spaces.length>0?[Ba(e.id)]:[],...Q(Pa(t.text(`dashboard.utilization`),r.utilization),Na(r.occupancy),Na(r.entries_today),Na(r.exits_today))],2)},Za=(e,t)=>{let n=e.floors.flatMap(Ya),r=n.length<=Ua,{people:i,free_rooms:a}=Oa(e),o=Q(Ia(t.text(`dashboard.last_day`),[Fa(e.name,i),...e.floors.map(e=>Fa(e.name,Oa(e).people))]),La(t.text(`dashboard.last_week`),[i]));return Ka(...e.floors.map(e=>Xa(e,t,Ga(e))),r?Ja(t.text(`dashboard.rooms`),`mdi:door`,n):void 0,o.length===0?void 0:$([ja(e.name,`mdi:office-building`,[i,a]),...o]))},Qa=(e,t)=>{let n=Ya(e),r=e.spaces.filter(e=>e.kind===`zone`),{people:i}=Oa(e),a=Q(Ia(t.text(`dashboard.last_day`),[Fa(e.name,i)]),La(t.text(`dashboard.last_week`),[i]));return Ka(Xa(e,t),n.length===0?void 0:$([Va(e.id)]),Ja(t.text(`dashboard.rooms`),`mdi:door`,n),Ja(t.text(`dashboard.zones`),`mdi:select-group`,r),a.length===0?void 0:$([ja(t.text(`dashboard.history`),`mdi:chart-line`),...a]))},$a=(e,t)=>Ka(...e.filter(e=>Object.keys(e.entities).length+e.hardware.length>0).map(({name:e,entities:n,hardware:r})=>{let i=e=>Q(...r.map(t=>Fa(t.name,t.entities[e])));return $([ja(e,`mdi:tools`),...Q(Na(n.sensors_offline),Na(n.update_mode),Na(n.refresh),Ra(t.text(`dashboard.offline`),i(`connectivity`),[`off`]),Ra(t.text(`dashboard.batteries`),i(`battery`),[`on`]))])})),eo=(e,t)=>({title:e,path:`butlr`,...Ka($([za(t)]))}),to=(e,t)=>{let n=e.organizations.filter(e=>e.state!==`loaded`).map(({name:e,reason:n})=>{let r=t.text(`dashboard.not_loaded`,{name:e});return n===null?r:`${r} ${n}`});return n.length>0?n.join(`

`):t.text(`dashboard.nothing`)},no=(e,t,n)=>{let r=e.organizations.flatMap(e=>e.buildings).filter(({id:e})=>!n.buildings?.length||n.buildings.includes(e));if(r.length===0)return[eo(`Butlr`,to(e,t))];let i=r.map(({id:e,name:t})=>({title:t,path:e,strategy:{type:`custom:butlr-building`,building:e}}));e.organizations.some(e=>e.hardware.length>0)&&n.maintenance!==!1&&i.push({title:t.text(`dashboard.maintenance`),path:`maintenance`,icon:`mdi:tools`,strategy:{type:`custom:butlr-maintenance`}});let a=r.flatMap(e=>e.floors.map(t=>({building:e,floor:t})));return i.concat(a.map(({building:e,floor:t})=>({title:`${e.name}: ${t.name}`,path:Ga(t),subview:!0,strategy:{type:`custom:butlr-floor`,floor:t.id}})))},ro=(e,t,n,r)=>{switch(e.type){case`custom:butlr-building`:{let t=n.buildings.get(String(e.building));return t&&Za(t.building,r)}case`custom:butlr-floor`:{let t=n.floors.get(String(e.floor));return t&&Qa(t.floor,r)}default:return $a(t.organizations,r)}},io=`https://github.com/butlr-home-assistant/butlr/blob/main/docs/dashboard.md`,ao=new WeakMap,oo=new WeakMap,so=new WeakMap,co=e=>{if(!e)return``;let t=oo.get(e);return t===void 0&&oo.set(e,t=JSON.stringify(e.organizations)),t},lo=e=>{let t=Tn(e.connection),n=ao.get(t);return n||(ao.set(t,n=new Map),t.listen(()=>void 0)),{store:t,made:n}},uo=(e,t)=>{let n=so.get(t);return n||(n=e.callWS({type:`butlr/topology`}).finally(()=>so.delete(t)),so.set(t,n)),n},fo=async(e,t,n,r)=>{let{store:i,made:a}=lo(t),o=i.topology,[s,c]=await Promise.all([uo(t,i).catch(()=>void 0),B(t)]);return a.set(JSON.stringify(e),{content:co(s),told:o}),s?n(s,c):r(c)},po=({devices:e,entities:t})=>{let n=Object.values(e).filter(e=>e?.identifiers.some(([e])=>e===`butlr`)),r=Object.values(t).filter(e=>e?.platform===`butlr`);return JSON.stringify([n,r.map(e=>e?.entity_id)])},mo=(e,t,n)=>{let{store:r,made:i}=lo(n),a=i.get(JSON.stringify(e));return a?r.topology&&r.topology!==a.told&&co(r.topology)!==a.content?!0:(t.devices!==n.devices||t.entities!==n.entities)&&po(t)!==po(n):!1},ho=class extends HTMLElement{static async generate(e,t){return{title:`Butlr`,views:await fo(e,t,(t,n)=>no(t,n,e),e=>[eo(`Butlr`,e.text(`dashboard.unreachable`))])}}static shouldRegenerate(e,t,n){return mo(e,t,n)}static getConfigElement(){return document.createElement(`butlr-dashboard-editor`)}static getCreateSuggestions(){return{title:`Butlr`,icon:`mdi:floor-plan`}}},go=class extends HTMLElement{static async generate(e,t){return fo(e,t,(t,n)=>ro(e,t,L(t),n)??eo(`Butlr`,n.text(`dashboard.gone`)),e=>eo(`Butlr`,e.text(`dashboard.unreachable`)))}static shouldRegenerate(e,t,n){return mo(e,t,n)}},_o=async e=>{let t=(await window.hassConnection)?.conn;t&&(e.description=(await B({connection:t,language:document.documentElement.lang||`en`})).text(`dashboard.description`))};(()=>{A(`ll-strategy-dashboard-butlr`,ho),A(`butlr-dashboard-editor`,Da);for(let e of[`building`,`floor`,`maintenance`])A(`ll-strategy-view-butlr-${e}`,class extends go{});let e=window.customStrategies??=[];if(e.some(({type:e})=>e===`butlr`))return;let t={type:`butlr`,strategyType:`dashboard`,name:`Butlr`,description:`Live floor maps, free rooms and history of every building. Follows your Butlr organization by itself.`,documentationURL:io};e.push(t),_o(t).catch(()=>void 0)})();