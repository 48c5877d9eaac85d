// ../../../main/frontend/node_modules/@lit/reactive-element/css-tag.js
var e = globalThis, t = e.ShadowRoot && (e.ShadyCSS === void 0 || e.ShadyCSS.nativeShadow) && "adoptedStyleSheets" in Document.prototype && "replace" in CSSStyleSheet.prototype, n = Symbol(), r = /* @__PURE__ */ new WeakMap(), i = class {
	constructor(e, t, r) {
		if (this._$cssResult$ = !0, r !== n) throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");
		this.cssText = e, this.t = t;
	}
	get styleSheet() {
		let e = this.o, n = this.t;
		if (t && e === void 0) {
			let t = n !== void 0 && n.length === 1;
			t && (e = r.get(n)), e === void 0 && ((this.o = e = new CSSStyleSheet()).replaceSync(this.cssText), t && r.set(n, e));
		}
		return e;
	}
	toString() {
		return this.cssText;
	}
}, a = (e) => new i(typeof e == "string" ? e : e + "", void 0, n), o = (e, ...t) => new i(e.length === 1 ? e[0] : t.reduce((t, n, r) => t + ((e) => {
	if (!0 === e._$cssResult$) return e.cssText;
	if (typeof e == "number") return e;
	throw Error("Value passed to 'css' function must be a 'css' function result: " + e + ". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.");
})(n) + e[r + 1], e[0]), e, n), s = (n, r) => {
	if (t) n.adoptedStyleSheets = r.map((e) => e instanceof CSSStyleSheet ? e : e.styleSheet);
	else for (let t of r) {
		let r = document.createElement("style"), i = e.litNonce;
		i !== void 0 && r.setAttribute("nonce", i), r.textContent = t.cssText, n.appendChild(r);
	}
}, c = t ? (e) => e : (e) => e instanceof CSSStyleSheet ? ((e) => {
	let t = "";
	for (let n of e.cssRules) t += n.cssText;
	return a(t);
})(e) : e, { is: l, defineProperty: u, getOwnPropertyDescriptor: d, getOwnPropertyNames: ee, getOwnPropertySymbols: f, getPrototypeOf: te } = Object, p = globalThis, ne = p.trustedTypes, re = ne ? ne.emptyScript : "", ie = p.reactiveElementPolyfillSupport, m = (e, t) => e, h = {
	toAttribute(e, t) {
		switch (t) {
			case Boolean:
				e = e ? re : null;
				break;
			case Object:
			case Array: e = e == null ? e : JSON.stringify(e);
		}
		return e;
	},
	fromAttribute(e, t) {
		let n = e;
		switch (t) {
			case Boolean:
				n = e !== null;
				break;
			case Number:
				n = e === null ? null : Number(e);
				break;
			case Object:
			case Array: try {
				n = JSON.parse(e);
			} catch {
				n = null;
			}
		}
		return n;
	}
}, ae = (e, t) => !l(e, t), oe = {
	attribute: !0,
	type: String,
	converter: h,
	reflect: !1,
	useDefault: !1,
	hasChanged: ae
};
Symbol.metadata ??= Symbol("metadata"), p.litPropertyMetadata ??= /* @__PURE__ */ new WeakMap();
var g = class extends HTMLElement {
	static addInitializer(e) {
		this._$Ei(), (this.l ??= []).push(e);
	}
	static get observedAttributes() {
		return this.finalize(), this._$Eh && [...this._$Eh.keys()];
	}
	static createProperty(e, t = oe) {
		if (t.state && (t.attribute = !1), this._$Ei(), this.prototype.hasOwnProperty(e) && ((t = Object.create(t)).wrapped = !0), this.elementProperties.set(e, t), !t.noAccessor) {
			let n = Symbol(), r = this.getPropertyDescriptor(e, n, t);
			r !== void 0 && u(this.prototype, e, r);
		}
	}
	static getPropertyDescriptor(e, t, n) {
		let { get: r, set: i } = d(this.prototype, e) ?? {
			get() {
				return this[t];
			},
			set(e) {
				this[t] = e;
			}
		};
		return {
			get: r,
			set(t) {
				let a = r?.call(this);
				i?.call(this, t), this.requestUpdate(e, a, n);
			},
			configurable: !0,
			enumerable: !0
		};
	}
	static getPropertyOptions(e) {
		return this.elementProperties.get(e) ?? oe;
	}
	static _$Ei() {
		if (this.hasOwnProperty(m("elementProperties"))) return;
		let e = te(this);
		e.finalize(), e.l !== void 0 && (this.l = [...e.l]), this.elementProperties = new Map(e.elementProperties);
	}
	static finalize() {
		if (this.hasOwnProperty(m("finalized"))) return;
		if (this.finalized = !0, this._$Ei(), this.hasOwnProperty(m("properties"))) {
			let e = this.properties, t = [...ee(e), ...f(e)];
			for (let n of t) this.createProperty(n, e[n]);
		}
		let e = this[Symbol.metadata];
		if (e !== null) {
			let t = litPropertyMetadata.get(e);
			if (t !== void 0) for (let [e, n] of t) this.elementProperties.set(e, n);
		}
		this._$Eh = /* @__PURE__ */ new Map();
		for (let [e, t] of this.elementProperties) {
			let n = this._$Eu(e, t);
			n !== void 0 && this._$Eh.set(n, e);
		}
		this.elementStyles = this.finalizeStyles(this.styles);
	}
	static finalizeStyles(e) {
		let t = [];
		if (Array.isArray(e)) {
			let n = new Set(e.flat(1 / 0).reverse());
			for (let e of n) t.unshift(c(e));
		} else e !== void 0 && t.push(c(e));
		return t;
	}
	static _$Eu(e, t) {
		let n = t.attribute;
		return !1 === n ? void 0 : typeof n == "string" ? n : typeof e == "string" ? e.toLowerCase() : void 0;
	}
	constructor() {
		super(), this._$Ep = void 0, this.isUpdatePending = !1, this.hasUpdated = !1, this._$Em = null, this._$Ev();
	}
	_$Ev() {
		this._$ES = new Promise((e) => this.enableUpdating = e), this._$AL = /* @__PURE__ */ new Map(), this._$E_(), this.requestUpdate(), this.constructor.l?.forEach((e) => e(this));
	}
	addController(e) {
		(this._$EO ??= /* @__PURE__ */ new Set()).add(e), this.renderRoot !== void 0 && this.isConnected && e.hostConnected?.();
	}
	removeController(e) {
		this._$EO?.delete(e);
	}
	_$E_() {
		let e = /* @__PURE__ */ new Map(), t = this.constructor.elementProperties;
		for (let n of t.keys()) this.hasOwnProperty(n) && (e.set(n, this[n]), delete this[n]);
		e.size > 0 && (this._$Ep = e);
	}
	createRenderRoot() {
		let e = this.shadowRoot ?? this.attachShadow(this.constructor.shadowRootOptions);
		return s(e, this.constructor.elementStyles), e;
	}
	connectedCallback() {
		this.renderRoot ??= this.createRenderRoot(), this.enableUpdating(!0), this._$EO?.forEach((e) => e.hostConnected?.());
	}
	enableUpdating(e) {}
	disconnectedCallback() {
		this._$EO?.forEach((e) => e.hostDisconnected?.());
	}
	attributeChangedCallback(e, t, n) {
		this._$AK(e, n);
	}
	_$ET(e, t) {
		let n = this.constructor.elementProperties.get(e), r = this.constructor._$Eu(e, n);
		if (r !== void 0 && !0 === n.reflect) {
			let i = (n.converter?.toAttribute === void 0 ? h : n.converter).toAttribute(t, n.type);
			this._$Em = e, i == null ? this.removeAttribute(r) : this.setAttribute(r, i), this._$Em = null;
		}
	}
	_$AK(e, t) {
		let n = this.constructor, r = n._$Eh.get(e);
		if (r !== void 0 && this._$Em !== r) {
			let e = n.getPropertyOptions(r), i = typeof e.converter == "function" ? { fromAttribute: e.converter } : e.converter?.fromAttribute === void 0 ? h : e.converter;
			this._$Em = r;
			let a = i.fromAttribute(t, e.type);
			this[r] = a ?? this._$Ej?.get(r) ?? a, this._$Em = null;
		}
	}
	requestUpdate(e, t, n, r = !1, i) {
		if (e !== void 0) {
			let a = this.constructor;
			if (!1 === r && (i = this[e]), n ??= a.getPropertyOptions(e), !((n.hasChanged ?? ae)(i, t) || n.useDefault && n.reflect && i === this._$Ej?.get(e) && !this.hasAttribute(a._$Eu(e, n)))) return;
			this.C(e, t, n);
		}
		!1 === this.isUpdatePending && (this._$ES = this._$EP());
	}
	C(e, t, { useDefault: n, reflect: r, wrapped: i }, a) {
		n && !(this._$Ej ??= /* @__PURE__ */ new Map()).has(e) && (this._$Ej.set(e, a ?? t ?? this[e]), !0 !== i || a !== void 0) || (this._$AL.has(e) || (this.hasUpdated || n || (t = void 0), this._$AL.set(e, t)), !0 === r && this._$Em !== e && (this._$Eq ??= /* @__PURE__ */ new Set()).add(e));
	}
	async _$EP() {
		this.isUpdatePending = !0;
		try {
			await this._$ES;
		} catch (e) {
			Promise.reject(e);
		}
		let e = this.scheduleUpdate();
		return e != null && await e, !this.isUpdatePending;
	}
	scheduleUpdate() {
		return this.performUpdate();
	}
	performUpdate() {
		if (!this.isUpdatePending) return;
		if (!this.hasUpdated) {
			if (this.renderRoot ??= this.createRenderRoot(), this._$Ep) {
				for (let [e, t] of this._$Ep) this[e] = t;
				this._$Ep = void 0;
			}
			let e = this.constructor.elementProperties;
			if (e.size > 0) for (let [t, n] of e) {
				let { wrapped: e } = n, r = this[t];
				!0 !== e || this._$AL.has(t) || r === void 0 || this.C(t, void 0, n, r);
			}
		}
		let e = !1, t = this._$AL;
		try {
			e = this.shouldUpdate(t), e ? (this.willUpdate(t), this._$EO?.forEach((e) => e.hostUpdate?.()), this.update(t)) : this._$EM();
		} catch (t) {
			throw e = !1, this._$EM(), t;
		}
		e && this._$AE(t);
	}
	willUpdate(e) {}
	_$AE(e) {
		this._$EO?.forEach((e) => e.hostUpdated?.()), this.hasUpdated || (this.hasUpdated = !0, this.firstUpdated(e)), this.updated(e);
	}
	_$EM() {
		this._$AL = /* @__PURE__ */ new Map(), this.isUpdatePending = !1;
	}
	get updateComplete() {
		return this.getUpdateComplete();
	}
	getUpdateComplete() {
		return this._$ES;
	}
	shouldUpdate(e) {
		return !0;
	}
	update(e) {
		this._$Eq &&= this._$Eq.forEach((e) => this._$ET(e, this[e])), this._$EM();
	}
	updated(e) {}
	firstUpdated(e) {}
};
g.elementStyles = [], g.shadowRootOptions = { mode: "open" }, g[m("elementProperties")] = /* @__PURE__ */ new Map(), g[m("finalized")] = /* @__PURE__ */ new Map(), ie?.({ ReactiveElement: g }), (p.reactiveElementVersions ??= []).push("2.1.2");
// ../../../main/frontend/node_modules/lit-html/lit-html.js
var se = globalThis, ce = (e) => e, _ = se.trustedTypes, le = _ ? _.createPolicy("lit-html", { createHTML: (e) => e }) : void 0, ue = "$lit$", v = `lit$${Math.random().toFixed(9).slice(2)}$`, de = "?" + v, fe = `<${de}>`, y = document, b = () => y.createComment(""), x = (e) => e === null || typeof e != "object" && typeof e != "function", pe = Array.isArray, me = (e) => pe(e) || typeof e?.[Symbol.iterator] == "function", he = "[ 	\n\f\r]", S = /<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g, ge = /-->/g, _e = />/g, C = RegExp(`>|${he}(?:([^\\s"'>=/]+)(${he}*=${he}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`, "g"), ve = /'/g, ye = /"/g, be = /^(?:script|style|textarea|title)$/i, xe = (e) => (t, ...n) => ({
	_$litType$: e,
	strings: t,
	values: n
}), w = xe(1), T = xe(2), E = Symbol.for("lit-noChange"), D = Symbol.for("lit-nothing"), Se = /* @__PURE__ */ new WeakMap(), O = y.createTreeWalker(y, 129);
function Ce(e, t) {
	if (!pe(e) || !e.hasOwnProperty("raw")) throw Error("invalid template strings array");
	return le === void 0 ? t : le.createHTML(t);
}
var we = (e, t) => {
	let n = e.length - 1, r = [], i, a = t === 2 ? "<svg>" : t === 3 ? "<math>" : "", o = S;
	for (let t = 0; t < n; t++) {
		let n = e[t], s, c, l = -1, u = 0;
		for (; u < n.length && (o.lastIndex = u, c = o.exec(n), c !== null);) u = o.lastIndex, o === S ? c[1] === "!--" ? o = ge : c[1] === void 0 ? c[2] === void 0 ? c[3] !== void 0 && (o = C) : (be.test(c[2]) && (i = RegExp("</" + c[2], "g")), o = C) : o = _e : o === C ? c[0] === ">" ? (o = i ?? S, l = -1) : c[1] === void 0 ? l = -2 : (l = o.lastIndex - c[2].length, s = c[1], o = c[3] === void 0 ? C : c[3] === "\"" ? ye : ve) : o === ye || o === ve ? o = C : o === ge || o === _e ? o = S : (o = C, i = void 0);
		let d = o === C && e[t + 1].startsWith("/>") ? " " : "";
		a += o === S ? n + fe : l >= 0 ? (r.push(s), n.slice(0, l) + ue + n.slice(l) + v + d) : n + v + (l === -2 ? t : d);
	}
	return [Ce(e, a + (e[n] || "<?>") + (t === 2 ? "</svg>" : t === 3 ? "</math>" : "")), r];
}, k = class e {
	constructor({ strings: t, _$litType$: n }, r) {
		let i;
		this.parts = [];
		let a = 0, o = 0, s = t.length - 1, c = this.parts, [l, u] = we(t, n);
		if (this.el = e.createElement(l, r), O.currentNode = this.el.content, n === 2 || n === 3) {
			let e = this.el.content.firstChild;
			e.replaceWith(...e.childNodes);
		}
		for (; (i = O.nextNode()) !== null && c.length < s;) {
			if (i.nodeType === 1) {
				if (i.hasAttributes()) for (let e of i.getAttributeNames()) if (e.endsWith(ue)) {
					let t = u[o++], n = i.getAttribute(e).split(v), r = /([.?@])?(.*)/.exec(t);
					c.push({
						type: 1,
						index: a,
						name: r[2],
						strings: n,
						ctor: r[1] === "." ? De : r[1] === "?" ? Oe : r[1] === "@" ? ke : j
					}), i.removeAttribute(e);
				} else e.startsWith(v) && (c.push({
					type: 6,
					index: a
				}), i.removeAttribute(e));
				if (be.test(i.tagName)) {
					let e = i.textContent.split(v), t = e.length - 1;
					if (t > 0) {
						i.textContent = _ ? _.emptyScript : "";
						for (let n = 0; n < t; n++) i.append(e[n], b()), O.nextNode(), c.push({
							type: 2,
							index: ++a
						});
						i.append(e[t], b());
					}
				}
			} else if (i.nodeType === 8) {
				if (i.data === de) c.push({
					type: 2,
					index: a
				});
				else {
					let e = -1;
					for (; (e = i.data.indexOf(v, e + 1)) !== -1;) c.push({
						type: 7,
						index: a
					}), e += v.length - 1;
				}
			}
			a++;
		}
	}
	static createElement(e, t) {
		let n = y.createElement("template");
		return n.innerHTML = e, n;
	}
};
function A(e, t, n = e, r) {
	if (t === E) return t;
	let i = r === void 0 ? n._$Cl : n._$Co?.[r], a = x(t) ? void 0 : t._$litDirective$;
	return i?.constructor !== a && (i?._$AO?.(!1), a === void 0 ? i = void 0 : (i = new a(e), i._$AT(e, n, r)), r === void 0 ? n._$Cl = i : (n._$Co ??= [])[r] = i), i !== void 0 && (t = A(e, i._$AS(e, t.values), i, r)), t;
}
var Te = class {
	constructor(e, t) {
		this._$AV = [], this._$AN = void 0, this._$AD = e, this._$AM = t;
	}
	get parentNode() {
		return this._$AM.parentNode;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	u(e) {
		let { el: { content: t }, parts: n } = this._$AD, r = (e?.creationScope ?? y).importNode(t, !0);
		O.currentNode = r;
		let i = O.nextNode(), a = 0, o = 0, s = n[0];
		for (; s !== void 0;) {
			if (a === s.index) {
				let t;
				s.type === 2 ? t = new Ee(i, i.nextSibling, this, e) : s.type === 1 ? t = new s.ctor(i, s.name, s.strings, this, e) : s.type === 6 && (t = new Ae(i, this, e)), this._$AV.push(t), s = n[++o];
			}
			a !== s?.index && (i = O.nextNode(), a++);
		}
		return O.currentNode = y, r;
	}
	p(e) {
		let t = 0;
		for (let n of this._$AV) n !== void 0 && (n.strings === void 0 ? n._$AI(e[t]) : (n._$AI(e, n, t), t += n.strings.length - 2)), t++;
	}
}, Ee = class e {
	get _$AU() {
		return this._$AM?._$AU ?? this._$Cv;
	}
	constructor(e, t, n, r) {
		this.type = 2, this._$AH = D, this._$AN = void 0, this._$AA = e, this._$AB = t, this._$AM = n, this.options = r, this._$Cv = r?.isConnected ?? !0;
	}
	get parentNode() {
		let e = this._$AA.parentNode, t = this._$AM;
		return t !== void 0 && e?.nodeType === 11 && (e = t.parentNode), e;
	}
	get startNode() {
		return this._$AA;
	}
	get endNode() {
		return this._$AB;
	}
	_$AI(e, t = this) {
		e = A(this, e, t), x(e) ? e === D || e == null || e === "" ? (this._$AH !== D && this._$AR(), this._$AH = D) : e !== this._$AH && e !== E && this._(e) : e._$litType$ === void 0 ? e.nodeType === void 0 ? me(e) ? this.k(e) : this._(e) : this.T(e) : this.$(e);
	}
	O(e) {
		return this._$AA.parentNode.insertBefore(e, this._$AB);
	}
	T(e) {
		this._$AH !== e && (this._$AR(), this._$AH = this.O(e));
	}
	_(e) {
		this._$AH !== D && x(this._$AH) ? this._$AA.nextSibling.data = e : this.T(y.createTextNode(e)), this._$AH = e;
	}
	$(e) {
		let { values: t, _$litType$: n } = e, r = typeof n == "number" ? this._$AC(e) : (n.el === void 0 && (n.el = k.createElement(Ce(n.h, n.h[0]), this.options)), n);
		if (this._$AH?._$AD === r) this._$AH.p(t);
		else {
			let e = new Te(r, this), n = e.u(this.options);
			e.p(t), this.T(n), this._$AH = e;
		}
	}
	_$AC(e) {
		let t = Se.get(e.strings);
		return t === void 0 && Se.set(e.strings, t = new k(e)), t;
	}
	k(t) {
		pe(this._$AH) || (this._$AH = [], this._$AR());
		let n = this._$AH, r, i = 0;
		for (let a of t) i === n.length ? n.push(r = new e(this.O(b()), this.O(b()), this, this.options)) : r = n[i], r._$AI(a), i++;
		i < n.length && (this._$AR(r && r._$AB.nextSibling, i), n.length = i);
	}
	_$AR(e = this._$AA.nextSibling, t) {
		for (this._$AP?.(!1, !0, t); e !== this._$AB;) {
			let t = ce(e).nextSibling;
			ce(e).remove(), e = t;
		}
	}
	setConnected(e) {
		this._$AM === void 0 && (this._$Cv = e, this._$AP?.(e));
	}
}, j = class {
	get tagName() {
		return this.element.tagName;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	constructor(e, t, n, r, i) {
		this.type = 1, this._$AH = D, this._$AN = void 0, this.element = e, this.name = t, this._$AM = r, this.options = i, n.length > 2 || n[0] !== "" || n[1] !== "" ? (this._$AH = Array(n.length - 1).fill(/* @__PURE__ */ new String()), this.strings = n) : this._$AH = D;
	}
	_$AI(e, t = this, n, r) {
		let i = this.strings, a = !1;
		if (i === void 0) e = A(this, e, t, 0), a = !x(e) || e !== this._$AH && e !== E, a && (this._$AH = e);
		else {
			let r = e, o, s;
			for (e = i[0], o = 0; o < i.length - 1; o++) s = A(this, r[n + o], t, o), s === E && (s = this._$AH[o]), a ||= !x(s) || s !== this._$AH[o], s === D ? e = D : e !== D && (e += (s ?? "") + i[o + 1]), this._$AH[o] = s;
		}
		a && !r && this.j(e);
	}
	j(e) {
		e === D ? this.element.removeAttribute(this.name) : this.element.setAttribute(this.name, e ?? "");
	}
}, De = class extends j {
	constructor() {
		super(...arguments), this.type = 3;
	}
	j(e) {
		this.element[this.name] = e === D ? void 0 : e;
	}
}, Oe = class extends j {
	constructor() {
		super(...arguments), this.type = 4;
	}
	j(e) {
		this.element.toggleAttribute(this.name, !!e && e !== D);
	}
}, ke = class extends j {
	constructor(e, t, n, r, i) {
		super(e, t, n, r, i), this.type = 5;
	}
	_$AI(e, t = this) {
		if ((e = A(this, e, t, 0) ?? D) === E) return;
		let n = this._$AH, r = e === D && n !== D || e.capture !== n.capture || e.once !== n.once || e.passive !== n.passive, i = e !== D && (n === D || r);
		r && this.element.removeEventListener(this.name, this, n), i && this.element.addEventListener(this.name, this, e), this._$AH = e;
	}
	handleEvent(e) {
		typeof this._$AH == "function" ? this._$AH.call(this.options?.host ?? this.element, e) : this._$AH.handleEvent(e);
	}
}, Ae = class {
	constructor(e, t, n) {
		this.element = e, this.type = 6, this._$AN = void 0, this._$AM = t, this.options = n;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	_$AI(e) {
		A(this, e);
	}
}, je = se.litHtmlPolyfillSupport;
je?.(k, Ee), (se.litHtmlVersions ??= []).push("3.3.3");
var M = (e, t, n) => {
	let r = n?.renderBefore ?? t, i = r._$litPart$;
	if (i === void 0) {
		let e = n?.renderBefore ?? null;
		r._$litPart$ = i = new Ee(t.insertBefore(b(), e), e, void 0, n ?? {});
	}
	return i._$AI(e), i;
}, Me = globalThis, N = class extends g {
	constructor() {
		super(...arguments), this.renderOptions = { host: this }, this._$Do = void 0;
	}
	createRenderRoot() {
		let e = super.createRenderRoot();
		return this.renderOptions.renderBefore ??= e.firstChild, e;
	}
	update(e) {
		let t = this.render();
		this.hasUpdated || (this.renderOptions.isConnected = this.isConnected), super.update(e), this._$Do = M(t, this.renderRoot, this.renderOptions);
	}
	connectedCallback() {
		super.connectedCallback(), this._$Do?.setConnected(!0);
	}
	disconnectedCallback() {
		super.disconnectedCallback(), this._$Do?.setConnected(!1);
	}
	render() {
		return E;
	}
};
N._$litElement$ = !0, N.finalized = !0, Me.litElementHydrateSupport?.({ LitElement: N });
var Ne = Me.litElementPolyfillSupport;
Ne?.({ LitElement: N }), (Me.litElementVersions ??= []).push("4.2.2");
// ../../../main/frontend/node_modules/@lit/reactive-element/decorators/property.js
var Pe = {
	attribute: !0,
	type: String,
	converter: h,
	reflect: !1,
	hasChanged: ae
}, Fe = (e = Pe, t, n) => {
	let { kind: r, metadata: i } = n, a = globalThis.litPropertyMetadata.get(i);
	if (a === void 0 && globalThis.litPropertyMetadata.set(i, a = /* @__PURE__ */ new Map()), r === "setter" && ((e = Object.create(e)).wrapped = !0), a.set(n.name, e), r === "accessor") {
		let { name: r } = n;
		return {
			set(n) {
				let i = t.get.call(this);
				t.set.call(this, n), this.requestUpdate(r, i, e, !0, n);
			},
			init(t) {
				return t !== void 0 && this.C(r, void 0, e, t), t;
			}
		};
	}
	if (r === "setter") {
		let { name: r } = n;
		return function(n) {
			let i = this[r];
			t.call(this, n), this.requestUpdate(r, i, e, !0, n);
		};
	}
	throw Error("Unsupported decorator location: " + r);
};
function P(e) {
	return (t, n) => typeof n == "object" ? Fe(e, t, n) : ((e, t, n) => {
		let r = t.hasOwnProperty(n);
		return t.constructor.createProperty(n, e), r ? Object.getOwnPropertyDescriptor(t, n) : void 0;
	})(e, t, n);
}
// ../../../main/frontend/node_modules/@lit/reactive-element/decorators/base.js
var Ie = (e, t, n) => (n.configurable = !0, n.enumerable = !0, Reflect.decorate && typeof t != "object" && Object.defineProperty(e, t, n), n);
// ../../../main/frontend/node_modules/@lit/reactive-element/decorators/query.js
function F(e, t) {
	return (n, r, i) => {
		let a = (t) => t.renderRoot?.querySelector(e) ?? null;
		if (t) {
			let { get: e, set: t } = typeof r == "object" ? n : i ?? (() => {
				let e = Symbol();
				return {
					get() {
						return this[e];
					},
					set(t) {
						this[e] = t;
					}
				};
			})();
			return Ie(n, r, { get() {
				let n = e.call(this);
				return n === void 0 && (n = a(this), (n !== null || this.hasUpdated) && t.call(this, n)), n;
			} });
		}
		return Ie(n, r, { get() {
			return a(this);
		} });
	};
}
// src/home-assistant.ts
var Le = (e) => typeof e == "object" && e && "code" in e && "message" in e ? {
	code: e.code,
	message: String(e.message)
} : {
	code: "unknown",
	message: e instanceof Error ? e.message : ""
}, Re = (e, t) => {
	e.dispatchEvent(new CustomEvent("hass-more-info", {
		detail: { entityId: t },
		bubbles: !0,
		composed: !0
	}));
}, I = (e, t) => {
	customElements.get(e) || customElements.define(e, t);
}, ze = 864e5, Be = (e, t) => t.people === null ? "" : e.count(t.estimated ? "map.about" : "map.people", t.people), Ve = (e, t, n) => {
	let { status: r, people: i, estimated: a, motion: o, since: s, entries: c, exits: l } = n, u = [e.text(`status.${r}`)];
	return i !== null && u.push(Be(e, n)), t.capacity !== null && u.push(e.text("map.capacity", { count: t.capacity })), o && u.push(e.text("map.motion")), s && u.push(e.text("map.since", { time: e.moment(s) })), c !== null && u.push(e.text("map.entries", { count: c })), l !== null && u.push(e.text("map.exits", { count: l })), i !== null && a && u.push(e.text("map.estimate")), u;
}, He = (e, t, n) => `${t.name}: ${Ve(e, t, n).join(", ")}`, Ue = (e, t, n = Date.now()) => {
	let r = n - t.getTime() < ze;
	return e.text("map.since", { time: r ? e.time(t) : e.date(t, {
		month: "short",
		day: "numeric"
	}) });
}, We = 6, Ge = (e, t, n) => {
	let r = /* @__PURE__ */ new Map(), i = !1, a = (t) => {
		let n = e.getBoundingClientRect();
		return [t.clientX - n.left, t.clientY - n.top];
	}, o = (e) => {
		if (!e.ctrlKey && !e.metaKey && !t.wheelZooms) return;
		e.preventDefault();
		let n = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? e.deltaY * 16 : e.deltaY, r = e.ctrlKey && Math.abs(n) < 30 ? .01 : .002;
		t.viewport = t.viewport.zoomed(Math.exp(-n * r), ...a(e));
	}, s = (e) => {
		(e.pointerType !== "mouse" || e.button === 0) && (r.size === 0 && (i = !1), r.set(e.pointerId, a(e)));
	}, c = (n) => {
		let o = r.get(n.pointerId);
		if (!o) return;
		let s = a(n), [c] = [...r].filter(([e]) => e !== n.pointerId).map(([, e]) => e);
		if (c) {
			let e = Math.hypot(s[0] - c[0], s[1] - c[1]) / Math.max(1, Math.hypot(o[0] - c[0], o[1] - c[1])), n = [(s[0] + c[0]) / 2, (s[1] + c[1]) / 2];
			t.viewport = t.viewport.moved((s[0] - o[0]) / 2, (s[1] - o[1]) / 2).zoomed(e, ...n);
		} else {
			if (t.viewport.zoom <= 1 || !i && Math.hypot(s[0] - o[0], s[1] - o[1]) < We) return;
			t.viewport = t.viewport.moved(s[0] - o[0], s[1] - o[1]);
		}
		i || (i = !0, t.dragging = !0, e.setPointerCapture(n.pointerId)), r.set(n.pointerId, s);
	}, l = (e) => {
		r.delete(e.pointerId), r.size === 0 && (t.dragging = !1);
	};
	e.addEventListener("wheel", o, {
		signal: n,
		passive: !1
	}), e.addEventListener("pointerdown", s, { signal: n }), e.addEventListener("pointermove", c, { signal: n }), e.addEventListener("pointerup", l, { signal: n }), e.addEventListener("pointercancel", l, { signal: n }), e.addEventListener("click", (e) => {
		i && (i = !1, e.stopPropagation());
	}, {
		signal: n,
		capture: !0
	});
}, Ke = "M14.12,10H19V8.2H15.38L13.38,4.87C13.08,4.37 12.54,4.03 11.92,4.03C11.74,4.03 11.58,4.06 11.42,4.11L6,5.8V11H7.8V7.33L9.91,6.67L6,22H7.8L10.67,13.89L13,17V22H14.8V15.59L12.31,11.05L13.04,8.18M14,3.8C15,3.8 15.8,3 15.8,2C15.8,1 15,0.2 14,0.2C13,0.2 12.2,1 12.2,2C12.2,3 13,3.8 14,3.8Z", qe = "M11 7L9.6 8.4L12.2 11H2V13H12.2L9.6 15.6L11 17L16 12L11 7M20 19H12V21H20C21.1 21 22 20.1 22 19V5C22 3.9 21.1 3 20 3H12V5H20V19Z", Je = "M17 7L15.59 8.41L18.17 11H8V13H18.17L15.59 15.58L17 17L22 12M4 5H12V3H4C2.9 3 2 3.9 2 5V19C2 20.1 2.9 21 4 21H12V19H4V5Z", Ye = "M19,13H13V19H11V13H5V11H11V5H13V11H19V13Z", Xe = "M19,13H5V11H19V13Z", Ze = "M9.5,13.09L10.91,14.5L6.41,19H10V21H3V14H5V17.59L9.5,13.09M10.91,9.5L9.5,10.91L5,6.41V10H3V3H10V5H6.41L10.91,9.5M14.5,13.09L19,17.59V14H21V21H14V19H17.59L13.09,14.5L14.5,13.09M13.09,9.5L17.59,5H14V3H21V10H19V6.41L14.5,10.91L13.09,9.5Z", L = 1e3, Qe = 1.2, $e = (e) => String(Math.round(e * 100) / 100), et = (e, t, n) => {
	let r = [];
	return e.forEach(([i, a], o) => {
		let s = e.at(o - 1) ?? [i, a], c = e[(o + 1) % e.length] ?? [i, a], l = tt([i, a], s, t), u = tt([i, a], c, t), d = [
			l,
			[i, a],
			u
		].map(([e, t]) => `${$e(e * n)} ${$e(t * n)}`);
		r.push(`${o === 0 ? "M" : "L"}${d[0] ?? ""}Q${d[1] ?? ""} ${d[2] ?? ""}`);
	}), `${r.join("")}Z`;
}, tt = (e, t, n) => {
	let [r, i] = [t[0] - e[0], t[1] - e[1]], a = Math.hypot(r, i), o = a > 0 ? Math.min(n / a, .5) : 0;
	return [e[0] + r * o, e[1] + i * o];
}, nt = (e) => {
	let t = {
		left: Infinity,
		top: Infinity,
		right: -Infinity,
		bottom: -Infinity
	};
	for (let [n, r] of e) t.left = Math.min(t.left, n), t.right = Math.max(t.right, n), t.top = Math.min(t.top, r), t.bottom = Math.max(t.bottom, r);
	return t;
}, rt = (e) => {
	let t = e.shapes.map((e) => nt(e.outline)), n = /* @__PURE__ */ new Map();
	return e.shapes.forEach((r, i) => {
		let { x: a, y: o } = r.word, s = it(r, a, o);
		for (let t of e.doors) t.space_id === r.id && t.y > o && (s = Math.min(s, t.y - t.size));
		for (let e of t.slice(i + 1)) e.top > o && e.top < s && e.left < a + r.word.size * 5 && e.right > a - r.word.size * 5 && (s = e.top);
		n.set(r.id, s - o);
	}), n;
}, it = ({ outline: e }, t, n) => {
	let r = Infinity;
	return e.forEach(([i, a], o) => {
		let [s, c] = e[(o + 1) % e.length] ?? [i, a];
		if (i <= t == s <= t) return;
		let l = a + (t - i) * (c - a) / (s - i);
		l > n && (r = Math.min(r, l));
	}), Number.isFinite(r) ? r : n;
}, R = (e, t, n) => {
	let r = t[n];
	return r === void 0 ? void 0 : e[r];
}, at = (e, t, n) => {
	let r = /^([0-9]{1,9})(?:\.0+)?$/.exec(R(e, t, n)?.state ?? "");
	return r ? Number(r[1]) : null;
}, ot = (e, t) => {
	switch (R(e, t, "occupancy")?.state) {
		case "on": return "occupied";
		case "off": return "free";
		case "unavailable": return "unavailable";
		default: return "unknown";
	}
}, st = (e, t, n = !1) => at(e, t, n ? "people_estimate" : "people"), ct = (e, t) => {
	let { entities: n, estimated: r } = t, i = ot(e, n), a = i !== "unavailable", o = R(e, n, "occupancy")?.last_changed;
	return {
		status: i,
		people: a ? st(e, n, r) : null,
		estimated: r,
		motion: a && R(e, n, "motion")?.state === "on",
		since: o !== void 0 && !lt(i) ? new Date(o) : null,
		entries: at(e, n, "entries_today"),
		exits: at(e, n, "exits_today")
	};
}, lt = (e) => e === "unknown" || e === "unavailable", ut = (e) => {
	let { entities: t, estimated: n } = e;
	return (n ? t.people_estimate : t.people) ?? t.occupancy ?? Object.values(t)[0];
}, dt = "http://www.w3.org/2000/svg", ft = 7.5, pt = 22, z = 24, mt = .58, ht = 5.8, gt = 10, B = .72, _t = class {
	#e;
	#t;
	#n;
	#r;
	#i;
	#a;
	#o;
	#s;
	#c;
	#l;
	constructor(e, t, n, r, i, a) {
		this.space = e, this.element = document.createElementNS(dt, "g"), this.#c = 1, this.#l = "", this.#e = t, this.#t = a, this.#n = n, this.#r = r, this.#i = `clip-${i}`, this.#a = Object.values(e.entities);
		let { unit: o, layout: s } = a;
		this.path = et(t.outline, L / o * (s === "tiles" ? .012 : .004), o);
		let c = t.name.y - .9 * t.name.size, l = t.word.y + .3 * t.word.size;
		this.middle = [t.value.x * o, (c + l) / 2 * o];
		let u = nt(t.outline);
		this.halfHeight = Math.max(u.bottom * o - this.middle[1], this.middle[1] - u.top * o), this.element.setAttribute("class", `space ${e.kind}`), this.element.setAttribute("role", a.passive ? "listitem" : "button"), a.passive || this.element.setAttribute("tabindex", "-1"), this.element.dataset.space = e.id;
	}
	get reading() {
		return this.#s;
	}
	update(e) {
		let t = this.#o;
		return t && this.#a.every((n, r) => t[r] === e[n]) ? !1 : (this.#o = this.#a.map((t) => e[t]), this.#s = ct(e, this.space), this.#d(this.#s), !0);
	}
	rescale(e) {
		this.#c = e;
		let t = this.#u(e);
		t !== this.#l && (this.#l = t, this.#s && this.#d(this.#s));
	}
	refresh() {
		this.#s && this.#d(this.#s);
	}
	#u(e) {
		let { name: t, word: n } = this.#e, r = (t) => t * this.#t.unit * e;
		if (r(n.size) >= ft) return this.#r > (B * 1.2 + .3) * n.size && r(n.size * B) >= ft ? "since" : "word";
		let i = Math.round(Math.log2(e) * 4);
		return r(t.size) >= ft ? `name ${i}` : `value ${i}`;
	}
	#d(e) {
		let { texts: t } = this.#t, { element: n } = this;
		n.setAttribute("aria-label", He(t, this.space, e)), n.dataset.status = e.status, n.dataset.people = e.people === null ? "" : String(e.people), n.dataset.motion = String(e.motion), M(this.#f(e), n);
	}
	#f(e) {
		let { texts: t, statuses: n, unit: r } = this.#t, { word: i } = this.#e, { status: a, since: o } = e, { color: s } = n[a], c = this.#l.split(" ")[0], l = c !== "value", u = c === "word" || c === "since", d = i.size * r;
		return T`
      <clipPath id=${this.#i}><path d=${this.path}></path></clipPath>
      <g clip-path="url(#${this.#i})" style="--status:${s}">
        <path class="ground" d=${this.path}></path>
        <path class="fill ${a}" d=${this.path}></path>
        ${lt(a) ? T`<path d=${this.path} fill="url(#hatch-${a})"></path>` : D}
        <path class="edge" d=${this.path}></path>
        ${l ? this.#p() : D}
        ${this.#m(e, l, u)}
        ${u ? yt("word", i.x * r, i.y * r, d, t.text(`status.${a}`)) : D}
        ${c === "since" && o ? yt("since", i.x * r, (i.y + i.size * B * Qe) * r, d * B, Ue(t, o)) : D}
        ${u && this.#n ? bt(this.#n, e, this.#t) : D}
      </g>
    `;
	}
	#p() {
		let { unit: e } = this.#t, { x: t, y: n, size: r, lines: i } = this.#e.name;
		return T`${i.map((i, a) => yt("name", t * e, (n + a * Qe * r) * e, r * e, i))}`;
	}
	#m(e, t, n) {
		let { texts: r, statuses: i, unit: a } = this.#t, { value: o, badge: s, name: c, word: l } = this.#e, u = e.people === null ? "" : `${e.estimated ? "≈" : ""}${r.number(e.people)}`, d = 1 + (u ? .2 + mt * u.length : 0), ee = d + (e.motion ? .9 : 0), { size: f, y: te } = o;
		if (n) f *= Math.min(1, 4 / d);
		else {
			let e = t ? c.y + ((c.lines.length - 1) * Qe + .3) * c.size : c.y - .9 * c.size, n = l.y + .3 * l.size, r = Math.max(ht * o.size, gt * l.size), i = Math.max(o.size, pt / (a * this.#c));
			f = Math.min((n - e) * .9, r / ee, i), te = (e + n) / 2 + .37 * f;
		}
		let p = -(n ? d : ee) / 2, ne = n ? vt(s, o, f) : -p - .8;
		return T`<g class="value" transform="translate(${o.x * a} ${te * a}) scale(${f * a / z})">
      <path class="icon" d=${i[e.status].icon} transform="translate(${p * z} ${-.86 * z})"></path>
      ${u ? T`<text x=${(p + 1.2) * z} y="0" font-size=${z}>${u}</text>` : D}
      ${e.motion ? T`<path class="motion" d=${Ke} transform="translate(${ne * z} ${-.76 * z}) scale(0.8)"></path>` : D}
    </g>`;
	}
}, vt = (e, t, n) => (e.x - t.x) / n - .4, yt = (e, t, n, r, i) => T`<text class=${e} x=${t} y=${n} font-size=${r}>${i}</text>`, bt = ({ x: e, y: t, size: n }, { entries: r, exits: i }, { texts: a, unit: o }) => {
	let s = [{
		icon: qe,
		shown: r === null ? "?" : a.number(r)
	}, {
		icon: Je,
		shown: i === null ? "?" : a.number(i)
	}], c = s.map(({ shown: e }) => 1.15 + mt * e.length), l = .7, u = -((c[0] ?? 0) + l + (c[1] ?? 0)) / 2;
	return T`<g class="door" transform="translate(${e * o} ${t * o}) scale(${n * o / z})">
    ${s.map(({ icon: e, shown: t }, n) => {
		let r = u;
		return u += (c[n] ?? 0) + l, T`<path d=${e} transform="translate(${r * z} ${-.84 * z})"></path>
        <text x=${(r + 1.15) * z} y="0" font-size=${z}>${t}</text>`;
	})}
  </g>`;
}, xt = o`
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
  .viewport.dragging .space {
    cursor: grabbing;
  }
  svg.map {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    display: block;
  }
  image {
    opacity: 0.7;
  }
  .dark image {
    filter: invert(1) hue-rotate(180deg);
  }
  .space {
    outline: none;
    cursor: pointer;
  }
  .passive .space {
    cursor: default;
  }
  .ground {
    fill: var(--ground);
  }
  .over-plan .ground {
    fill-opacity: 0.5;
  }
  .fill {
    fill: var(--status);
    fill-opacity: 0.13;
  }
  .fill.occupied {
    fill-opacity: 0.24;
  }
  .fill.unknown,
  .fill.unavailable {
    fill-opacity: 0.06;
  }
  .viewport:not(.passive) .space:hover .fill {
    fill-opacity: 0.34;
  }
  .edge {
    fill: none;
    stroke: var(--status);
    stroke-width: 3px;
    vector-effect: non-scaling-stroke;
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
  .since {
    fill: var(--quiet);
  }
  .value,
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
  .sample.motion {
    fill: currentColor;
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
    .buttons {
      transition: none;
    }
  }
  @media print {
    .buttons,
    .tip.shown {
      display: none;
    }
  }
`, St = 20, Ct = class e {
	constructor(e, t, n, r, i) {
		this.drawing = e, this.element = t, this.zoom = n, this.x = r, this.y = i;
	}
	static fit(t, n = {
		width: 0,
		height: 0
	}) {
		return new e(t, n, 1, t.width / 2, t.height / 2);
	}
	get scale() {
		let { drawing: e, element: t } = this;
		return !t.width || !t.height ? this.zoom : this.zoom * Math.min(t.width / e.width, t.height / e.height);
	}
	get viewBox() {
		let { width: e, height: t } = this.#e;
		return [
			this.x - e / 2,
			this.y - t / 2,
			e,
			t
		].map((e) => String(Math.round(e * 1e3) / 1e3)).join(" ");
	}
	get #e() {
		let { drawing: e, element: t, scale: n } = this;
		return !t.width || !t.height ? {
			width: e.width / n,
			height: e.height / n
		} : {
			width: t.width / n,
			height: t.height / n
		};
	}
	at(e, t) {
		let { element: n, scale: r } = this;
		return [this.x + (e - n.width / 2) / r, this.y + (t - n.height / 2) / r];
	}
	pixel(e, t) {
		let { element: n, scale: r } = this;
		return [(e - this.x) * r + n.width / 2, (t - this.y) * r + n.height / 2];
	}
	resized(t) {
		return new e(this.drawing, t, this.zoom, this.x, this.y).#t();
	}
	zoomed(t, n = this.element.width / 2, r = this.element.height / 2) {
		let i = Math.min(St, Math.max(1, this.zoom * t)), [a, o] = this.at(n, r), s = this.zoom / i;
		return new e(this.drawing, this.element, i, a + (this.x - a) * s, o + (this.y - o) * s).#t();
	}
	moved(t, n) {
		let { scale: r } = this;
		return new e(this.drawing, this.element, this.zoom, this.x - t / r, this.y - n / r).#t();
	}
	showing(t, n) {
		let { width: r, height: i } = this.#e, a = (e, t, n) => Math.min(Math.max(t, e - n * .4), e + n * .4);
		return new e(this.drawing, this.element, this.zoom, a(t, this.x, r), a(n, this.y, i)).#t();
	}
	#t() {
		let { drawing: t } = this, n = this.#e, r = (e, t, n) => t >= n ? n / 2 : Math.min(Math.max(e, t / 2), n - t / 2), i = r(this.x, n.width, t.width), a = r(this.y, n.height, t.height);
		return new e(t, this.element, this.zoom, i, a);
	}
}, wt = (e, t, [n, r]) => {
	let i = e.get(t);
	if (!i) return;
	let a, o = Infinity;
	for (let [s, [c, l]] of e) {
		let e = (c - i[0]) * n + (l - i[1]) * r, u = Math.abs((c - i[0]) * r) + Math.abs((l - i[1]) * n);
		if (s === t || e <= 0 || u > e * 2) continue;
		let d = e + 2 * u;
		d < o && ([a, o] = [s, d]);
	}
	return a;
};
// \0@oxc-project+runtime@0.156.0/helpers/esm/decorate.js
function V(e, t, n, r) {
	var i = arguments.length, a = i < 3 ? t : r === null ? r = Object.getOwnPropertyDescriptor(t, n) : r, o;
	if (typeof Reflect == "object" && typeof Reflect.decorate == "function") a = Reflect.decorate(e, t, n, r);
	else for (var s = e.length - 1; s >= 0; s--) (o = e[s]) && (a = (i < 3 ? o(a) : i > 3 ? o(t, n, a) : o(t, n)) || a);
	return i > 3 && a && Object.defineProperty(t, n, a), a;
}
// src/floor-map.ts
var Tt = 6e5, Et = 3e4, Dt = 3600, Ot = 240, kt = [["unknown", 45], ["unavailable", -45]], H = 1.4, At = 80, jt = {
	ArrowLeft: [-1, 0],
	ArrowRight: [1, 0],
	ArrowUp: [0, -1],
	ArrowDown: [0, 1]
}, U = class extends N {
	constructor(...e) {
		super(...e), this.wheelAlwaysZooms = !1, this.passive = !1, this.#e = /* @__PURE__ */ new Map(), this.#t = Ct.fit({
			width: L,
			height: L
		}), this.#o = "", this.#s = 0, this.#d = new ResizeObserver(() => {
			this.#_();
		}), this.#x = () => {
			cancelAnimationFrame(this.#s), this.#s = 0;
			let { svg: e } = this;
			if (!e) return;
			e.setAttribute("viewBox", this.#t.viewBox);
			let { scale: t } = this.#t;
			for (let n of e.querySelectorAll("pattern")) n.setAttribute("patternTransform", `rotate(${n.dataset.angle ?? "0"}) scale(${1 / t})`);
			for (let e of this.#e.values()) e.rescale(t);
			this.#i !== void 0 && this.#L(this.#i);
		}, this.#E = (e) => {
			let t = this.#T(e);
			t !== void 0 && this.#D(t);
		}, this.#O = (e) => {
			e.ctrlKey || e.metaKey || e.altKey || this.passive || this.#k(e) && (e.preventDefault(), e.stopPropagation());
		}, this.#M = (e) => {
			let t = this.#T(e);
			t !== void 0 && (this.#w(t), this.#e.get(t)?.element.matches(":focus-visible") && this.#L(t), this.#F());
		}, this.#N = (e) => {
			e.pointerType === "mouse" && e.buttons === 0 && this.#L(this.#T(e));
		}, this.#P = () => {
			this.#L(void 0), this.#F();
		};
	}
	static {
		this.styles = xt;
	}
	#e;
	#t;
	#n;
	#r;
	#i;
	#a;
	#o;
	#s;
	#c;
	#l;
	#u;
	#d;
	get viewport() {
		return this.#t;
	}
	set viewport(e) {
		let t = this.#t.zoom > 1;
		this.#t = e, this.#s ||= requestAnimationFrame(this.#x), t !== e.zoom > 1 && this.requestUpdate();
	}
	get wheelZooms() {
		return this.wheelAlwaysZooms || this.#t.zoom > 1 || this.matches(":focus-within");
	}
	set dragging(e) {
		this.viewportElement?.classList.toggle("dragging", e), e && this.#L(void 0);
	}
	connectedCallback() {
		super.connectedCallback(), this.#u = setInterval(() => {
			this.#S();
		}, Et), this.hasUpdated && this.requestUpdate();
	}
	disconnectedCallback() {
		super.disconnectedCallback(), clearInterval(this.#u), cancelAnimationFrame(this.#s), this.#s = 0, this.#d.disconnect(), this.#l?.stop.abort(), this.#l = void 0;
	}
	shouldUpdate(e) {
		let t = e.get("hass");
		return e.size !== 1 || t === void 0 || this.#a === void 0 || !this.hass || t.themes.darkMode !== this.hass.themes.darkMode || (this.#y(this.hass), !1);
	}
	willUpdate(e) {
		let { floor: t } = this;
		if (!e.has("floor") || !t) return;
		let n = e.get("floor"), r = t.drawing.height * L / (t.drawing.width || 1);
		(n?.id !== t.id || this.#t.drawing.height !== r) && (this.#t = Ct.fit({
			width: L,
			height: r
		}, this.#t.element)), this.#h(t.drawing.plan?.url);
	}
	render() {
		let { floor: e, statuses: t, texts: n, hass: r } = this;
		if (!e || !t || !n || !r) return D;
		let { drawing: i } = e;
		if (i.shapes.length === 0) return w`<p class="note">${n.text("map.empty")}</p>`;
		let a = Math.min(3, Math.max(.7, i.width / i.height)), o = this.#t.zoom > 1, { passive: s } = this;
		return w`
      <div
        class="viewport ${o ? "zoomed" : ""} ${s ? "passive" : ""} ${r.themes.darkMode ? "dark" : ""}"
        style="aspect-ratio: ${a}"
      >
        <svg
          class="map"
          role=${s ? "list" : "group"}
          aria-label=${n.text("map.label", { floor: e.name })}
          aria-description=${s ? D : n.text("map.keys")}
          viewBox=${this.#t.viewBox}
          @click=${this.#E}
          @keydown=${this.#O}
          @focusin=${this.#M}
          @focusout=${this.#P}
          @pointerover=${this.#N}
          @pointerleave=${this.#P}
        >
          <defs>${kt.map(([e, n]) => Mt(e, n, t[e].color))}</defs>
          ${this.#m(e)}
          <g class="spaces"></g>
          <g class="floor-door"></g>
          <g class="overlay" aria-hidden="true" transform="scale(${L / i.width})">${this.overlay ?? D}</g>
          <path class="ring" d=""></path>
        </svg>
        ${s ? D : this.#f(n, o)}
        <div class="tip" aria-hidden="true"></div>
      </div>
      ${i.layout === "tiles" ? w`<p class="note">${n.text("map.tiles")}</p>` : D}
      ${this.#p(e, n, t)}
    `;
	}
	updated(e) {
		let { viewportElement: t, hass: n, floor: r } = this;
		!t || !n || !r ? this.#a = void 0 : (this.#g(t), (e.has("floor") || e.has("statuses") || e.has("texts") || e.has("passive") || this.#a !== r) && this.#v(r), this.#y(n), e.has("highlight") && this.#I(), this.#F());
	}
	#f(e, t) {
		let n = (t, n, r, i) => w`
      <button type="button" title=${e.text(t)} aria-label=${e.text(t)} ?disabled=${r} @click=${i}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${n}></path></svg>
      </button>
    `;
		return w`
      <div class="buttons">
        ${n("map.zoom_in", Ye, !1, () => {
			this.viewport = this.#t.zoomed(H);
		})}
        ${n("map.zoom_out", Xe, !t, () => {
			this.viewport = this.#t.zoomed(1 / H);
		})}
        ${n("map.zoom_fit", Ze, !t, () => {
			this.viewport = this.#t.zoomed(0);
		})}
      </div>
    `;
	}
	#p(e, t, n) {
		let r = e.spaces.some((e) => e.estimated), i = e.spaces.some((e) => e.entities.motion !== void 0), a = this.asOf === void 0 ? void 0 : /* @__PURE__ */ new Date(this.asOf * 1e3), o = a !== void 0 && Date.now() - a.getTime() > Tt;
		return w`
      <div class="foot">
        <ul class="legend" aria-label=${t.text("map.legend")}>
          ${Object.keys(n).map((e) => w`<li style="--status: ${n[e].color}">
              <svg class="sample" viewBox="0 0 24 24" aria-hidden="true"><path d=${n[e].icon}></path></svg
              >${t.text(`status.${e}`)}
            </li>`)}
          ${i ? w`<li>
                <svg class="sample motion" viewBox="0 0 24 24" aria-hidden="true"><path d=${Ke}></path></svg
                >${t.text("map.motion")}
              </li>` : D}
          ${r ? w`<li><span class="sample" aria-hidden="true">≈</span>${t.text("map.estimate")}</li>` : D}
        </ul>
        ${a ? w`<span class="as-of ${o ? "old" : ""}">${t.text("map.as_of", { time: t.moment(a) })}</span>` : D}
      </div>
    `;
	}
	#m({ drawing: e }) {
		let { plan: t } = e;
		if (!t || this.#c?.url !== t.url || this.#c.signed === void 0) return D;
		let n = L / e.width;
		return T`<image
      href=${this.#c.signed} x=${t.x * n} y=${t.y * n} width=${t.width * n} height=${t.height * n}
      preserveAspectRatio="none" aria-hidden="true"
    ></image>`;
	}
	async #h(e) {
		let { hass: t } = this;
		if (this.#c?.url !== e && (this.#c = e === void 0 ? void 0 : { url: e }, e !== void 0 && t)) try {
			let { path: n } = await t.connection.sendMessagePromise({
				type: "auth/sign_path",
				path: e,
				expires: Dt
			});
			if (this.#c?.url !== e) return;
			this.#c = {
				url: e,
				signed: t.hassUrl(n)
			}, this.requestUpdate();
		} catch {
			this.#c?.url === e && (this.#c = void 0);
		}
	}
	#g(e) {
		if (this.#l?.element === e) return;
		this.#l?.stop.abort();
		let t = new AbortController();
		this.#l = {
			element: e,
			stop: t
		}, this.passive || Ge(e, this, t.signal), this.#d.disconnect(), this.#d.observe(e), this.#_();
	}
	#_() {
		let { clientWidth: e = 0, clientHeight: t = 0 } = this.viewportElement ?? {};
		e > 0 && t > 0 && (this.#t = this.#t.resized({
			width: e,
			height: t
		}), this.#x());
	}
	#v(e) {
		let { statuses: t, texts: n, spacesElement: r } = this;
		if (!t || !n || !r) return;
		let { drawing: i } = e, a = {
			texts: n,
			statuses: t,
			unit: L / i.width,
			layout: i.layout,
			passive: this.passive
		}, o = this.shadowRoot?.activeElement?.closest("[data-space]") !== null && this.shadowRoot?.activeElement !== null, s = new Map(e.spaces.map((e) => [e.id, e])), c = new Map(i.doors.map((e) => [e.space_id, e])), l = rt(i);
		this.#n = a, this.#e = /* @__PURE__ */ new Map(), i.shapes.forEach((e, t) => {
			let n = s.get(e.id);
			if (!n) return;
			let r = new _t(n, e, c.get(e.id), l.get(e.id) ?? 0, t, a);
			r.rescale(this.#t.scale), this.hass && r.update(this.hass.states), this.#e.set(e.id, r);
		}), r.replaceChildren(...[...this.#e.values()].map((e) => e.element)), r.classList.toggle("over-plan", i.plan !== null), this.#a = e, this.#o = (/* @__PURE__ */ new Date()).toDateString(), this.#r !== void 0 && this.#e.has(this.#r) || (this.#r = e.spaces.find(({ id: e }) => this.#e.has(e))?.id), this.#w(this.#r), o && this.#C?.element.focus({ preventScroll: !0 }), this.#L(void 0), this.#x();
	}
	#y({ states: e }) {
		for (let [t, n] of this.#e) n.update(e) && t === this.#i && this.#L(t);
		this.#b();
	}
	#b() {
		let { floor: e, hass: t, doorElement: n, texts: r } = this, i = e?.drawing.doors.find(({ space_id: t }) => t === e.id);
		if (!n || !e || !t || !r || !this.#n) return;
		let a = i && ct(t.states, {
			entities: e.entities,
			estimated: !1
		}), o = a ? `${i.id} ${String(a.entries)} ${String(a.exits)} ${r.language}` : "";
		if (n.dataset.key !== o) {
			if (n.dataset.key = o, a) {
				let e = [r.text("map.entries", { count: a.entries ?? "?" }), r.text("map.exits", { count: a.exits ?? "?" })];
				n.setAttribute("role", "img"), n.setAttribute("aria-label", e.join(", "));
			}
			M(i && a ? bt(i, a, this.#n) : D, n);
		}
	}
	#x;
	#S() {
		let e = (/* @__PURE__ */ new Date()).toDateString();
		if (e !== this.#o) for (let e of this.#e.values()) e.refresh();
		this.#o = e, this.requestUpdate();
	}
	get #C() {
		return this.#r === void 0 ? void 0 : this.#e.get(this.#r);
	}
	#w(e) {
		this.passive || (this.#C?.element.setAttribute("tabindex", "-1"), this.#r = e, this.#C?.element.setAttribute("tabindex", "0"));
	}
	#T(e) {
		return (e.target instanceof Element ? e.target.closest("[data-space]") : null)?.dataset.space;
	}
	#E;
	#D(e) {
		let t = this.#e.get(e);
		if (!t || this.passive) return;
		this.#L(void 0);
		let n = new CustomEvent("butlr-space", {
			detail: { id: e },
			bubbles: !0,
			composed: !0,
			cancelable: !0
		}), r = ut(t.space);
		this.dispatchEvent(n) && r !== void 0 && Re(this, r);
	}
	#O;
	#k({ key: e, shiftKey: t }) {
		let n = jt[e];
		if (n && t) this.viewport = this.#t.moved(-n[0] * At, -n[1] * At);
		else if (n) {
			let e = new Map([...this.#e].map(([e, t]) => [e, t.middle]));
			this.#j(wt(e, this.#r ?? "", n));
		} else if (e === "Home" || e === "End") this.#j(this.floor?.spaces.at(e === "Home" ? 0 : -1)?.id);
		else if (e === "Enter" || e === " ") this.#r !== void 0 && this.#D(this.#r);
		else if (e === "+" || e === "=") this.viewport = this.#t.zoomed(H, ...this.#A());
		else if (e === "-" || e === "_") this.viewport = this.#t.zoomed(1 / H, ...this.#A());
		else if (e === "0") this.viewport = this.#t.zoomed(0);
		else if (e === "Escape" && this.#i !== void 0) this.#L(void 0);
		else return !1;
		return !0;
	}
	#A() {
		let { element: e } = this.#t;
		return this.#C ? this.#t.pixel(...this.#C.middle) : [e.width / 2, e.height / 2];
	}
	#j(e) {
		let t = e === void 0 ? void 0 : this.#e.get(e);
		t && (this.#w(e), this.#t.zoom > 1 && (this.viewport = this.#t.showing(...t.middle)), t.element.focus());
	}
	#M;
	#N;
	#P;
	#F() {
		let e = [...this.#e.values()].find(({ element: e }) => e.matches(":focus-visible")) ?? (this.highlight === void 0 ? void 0 : this.#e.get(this.highlight));
		this.ringElement?.setAttribute("d", e?.path ?? "");
	}
	#I() {
		let e = this.highlight === void 0 ? void 0 : this.#e.get(this.highlight);
		e && this.#t.zoom > 1 && (this.viewport = this.#t.showing(...e.middle));
	}
	#L(e) {
		let { tipElement: t, texts: n } = this, r = e === void 0 ? void 0 : this.#e.get(e);
		if (this.#i = r && e, !t || (t.classList.toggle("shown", r !== void 0), !r?.reading || !n)) return;
		let [i, a] = this.#t.pixel(...r.middle), { width: o, height: s } = this.#t.element, c = Math.min(Ot, o) / 2;
		t.style.left = `${Math.min(Math.max(i, c), Math.max(c, o - c))}px`;
		let l = r.halfHeight * this.#t.scale + 6, u = a < s / 2;
		t.style.top = `${Math.min(Math.max(u ? a + l : a - l, 0), s)}px`, t.classList.toggle("below", u), M(w`<strong dir="auto">${r.space.name}</strong>
        <ul>
          ${Ve(n, r.space, r.reading).map((e) => w`<li>${e}</li>`)}
        </ul>`, t);
	}
};
V([P({ attribute: !1 })], U.prototype, "hass", void 0), V([P({ attribute: !1 })], U.prototype, "floor", void 0), V([P({ attribute: !1 })], U.prototype, "statuses", void 0), V([P({ attribute: !1 })], U.prototype, "texts", void 0), V([P({ attribute: !1 })], U.prototype, "asOf", void 0), V([P({ attribute: !1 })], U.prototype, "overlay", void 0), V([P({ attribute: !1 })], U.prototype, "highlight", void 0), V([P({
	type: Boolean,
	attribute: "wheel-zooms"
})], U.prototype, "wheelAlwaysZooms", void 0), V([P({ type: Boolean })], U.prototype, "passive", void 0), V([F("svg.map")], U.prototype, "svg", void 0), V([F(".viewport")], U.prototype, "viewportElement", void 0), V([F(".spaces")], U.prototype, "spacesElement", void 0), V([F(".floor-door")], U.prototype, "doorElement", void 0), V([F(".ring")], U.prototype, "ringElement", void 0), V([F(".tip")], U.prototype, "tipElement", void 0);
var Mt = (e, t, n) => T`
  <pattern id="hatch-${e}" data-angle=${t} width="9" height="9" patternUnits="userSpaceOnUse">
    <rect width="3" height="9" fill=${n} fill-opacity="0.4"></rect>
  </pattern>
`;
I("butlr-map", U);
// src/texts.ts
var Nt = "component.butlr.config_panel.", Pt = 5e3, Ft = {
	comma_decimal: "en-US",
	decimal_comma: "de",
	quote_decimal: "de-CH",
	space_comma: "fr"
}, It = class {
	#e;
	#t;
	#n;
	#r;
	#i;
	#a;
	#o;
	#s = /* @__PURE__ */ new Map();
	constructor(e, t, n, r) {
		this.language = e, this.#e = t;
		let i = n?.number_format ?? "language";
		this.#t = i === "system" ? void 0 : Ft[i] ?? e, this.#n = i !== "none", this.#r = new Intl.PluralRules(e), this.#i = n?.time_zone === "server" ? r : void 0, this.#o = n?.time_format === "system" ? void 0 : e, this.#a = n?.time_format === "12" || n?.time_format !== "24" && void 0;
	}
	get rightToLeft() {
		return /^(ar|fa|he|ur)\b/.test(this.language);
	}
	text(e, t = {}) {
		let n = this.#e[Nt + e];
		return n === void 0 ? e : n.replace(/\{(\w+)\}/g, (e, n) => {
			let r = t[n];
			return r === void 0 ? e : typeof r == "number" ? this.number(r) : r;
		});
	}
	count(e, t, n = {}) {
		let r = `${e}_${this.#r.select(t)}`;
		return this.text(Nt + r in this.#e ? r : `${e}_other`, {
			count: t,
			...n
		});
	}
	number(e, t = {}) {
		return this.#l(JSON.stringify(t), () => new Intl.NumberFormat(this.#t, {
			useGrouping: this.#n,
			...t
		})).format(e);
	}
	percent(e) {
		return this.number(e, {
			style: "percent",
			maximumFractionDigits: 0
		});
	}
	time(e) {
		return this.date(e, {
			hour: "numeric",
			minute: "2-digit"
		});
	}
	moment(e, t = /* @__PURE__ */ new Date()) {
		let n = {
			year: "numeric",
			month: "short",
			day: "numeric"
		};
		return this.date(e, n) === this.date(t, n) ? this.time(e) : this.date(e, {
			weekday: "short",
			month: "short",
			day: "numeric",
			hour: "numeric",
			minute: "2-digit"
		});
	}
	date(e, t) {
		return this.#l(`date ${JSON.stringify(t)}`, () => {
			let e = t.hour === void 0 || this.#a === void 0 ? {} : { hour12: this.#a }, n = this.#i === void 0 ? {} : { timeZone: this.#i };
			return new Intl.DateTimeFormat(t.hour === void 0 ? this.language : this.#o, {
				...n,
				...e,
				...t
			});
		}).format(e);
	}
	duration(e) {
		let t = Math.max(0, Math.floor(e / 60)), n = Math.floor(t / 1440), r = (n > 0 ? [[n, "day"], [Math.floor(t % 1440 / 60), "hour"]] : [[Math.floor(t / 60), "hour"], [t % 60, "minute"]]).filter(([e]) => e > 0);
		return (r.length > 0 ? r : [[0, "minute"]]).map(([e, t]) => this.#c(e, t)).join(" ");
	}
	#c(e, t) {
		return this.#l(`unit ${t}`, () => new Intl.NumberFormat(this.language, {
			style: "unit",
			unit: t,
			unitDisplay: "short"
		})).format(e);
	}
	#l(e, t) {
		let n = this.#s.get(e);
		return n || this.#s.set(e, n = t()), n;
	}
}, Lt = /* @__PURE__ */ new WeakMap(), Rt = async (e, t) => {
	let n = async (t) => (await e.sendMessagePromise({
		type: "frontend/get_translations",
		language: t,
		category: "config_panel",
		integration: ["butlr"]
	})).resources, r = await n(t);
	return !Object.keys(r).some((e) => e.startsWith(Nt)) && t !== "en" ? n("en") : r;
}, zt = (e, t) => {
	let n = Lt.get(e);
	n || Lt.set(e, n = /* @__PURE__ */ new Map());
	let r = n.get(t);
	return r || (r = Rt(e, t), n.set(t, r), r.catch(() => n.delete(t))), r;
}, Bt = async (e) => new It(e.language, await zt(e.connection, e.language), e.locale, e.config?.time_zone), Vt = class {
	#e;
	#t;
	#n;
	#r;
	#i;
	constructor(e) {
		this.#e = e, e.addController(this);
	}
	hostConnected() {
		this.#a();
	}
	hostUpdate() {
		this.#a();
	}
	hostDisconnected() {
		clearTimeout(this.#i), this.texts || (this.#t = void 0);
	}
	#a() {
		let e = this.#e.hass;
		if (!e) return;
		let { connection: t, language: n, locale: r } = e;
		if (t === this.#t && n === this.#n && r === this.#r) return;
		this.#t = t, this.#n = n, this.#r = r, clearTimeout(this.#i);
		let i = () => t === this.#t && n === this.#n && r === this.#r;
		Bt(e).then((e) => {
			i() && (this.texts = e, this.#e.requestUpdate());
		}, () => {
			i() && (this.#i = setTimeout(() => {
				this.#t = void 0, this.#e.requestUpdate();
			}, Pt));
		});
	}
}, Ht = class {
	constructor(e) {
		this.organizations = /* @__PURE__ */ new Map(), this.buildings = /* @__PURE__ */ new Map(), this.floors = /* @__PURE__ */ new Map(), this.spaces = /* @__PURE__ */ new Map();
		for (let t of e.organizations) {
			this.organizations.set(t.id, t);
			for (let e of t.buildings) {
				this.buildings.set(e.id, {
					organization: t,
					building: e
				});
				for (let n of e.floors) {
					this.floors.set(n.id, {
						organization: t,
						building: e,
						floor: n
					});
					for (let r of n.spaces) this.spaces.set(r.id, {
						organization: t,
						building: e,
						floor: n,
						space: r
					});
				}
			}
		}
	}
}, Ut = /* @__PURE__ */ new WeakMap(), Wt = (e) => {
	let t = Ut.get(e);
	return t || Ut.set(e, t = new Ht(e)), t;
}, Gt = [
	1,
	2,
	5,
	10,
	30
], Kt = 30, qt = (e) => {
	Promise.resolve(e()).catch(() => void 0);
}, Jt = class {
	#e;
	#t;
	#n;
	#r;
	#i;
	#a;
	#o;
	#s;
	constructor(e) {
		this.asOf = {}, this.#t = /* @__PURE__ */ new Set(), this.#n = 0, this.#r = 0, this.#i = !1, this.#u = () => {
			let e = this.#n += 1;
			clearTimeout(this.#o), this.#a = void 0, this.#e.subscribeMessage((t) => {
				e === this.#n && this.#d(t);
			}, { type: "butlr/subscribe" }, { resubscribe: !1 }).then((t) => {
				e === this.#n ? this.#a = t : qt(t);
			}, (t) => {
				e === this.#n && this.#f(Le(t));
			});
		}, this.#e = e;
	}
	listen(e) {
		return this.#t.add(e), clearTimeout(this.#s), this.#i || this.#c(), () => {
			this.#t.delete(e), this.#t.size > 0 || (clearTimeout(this.#s), this.#s = setTimeout(() => {
				this.#l();
			}, Kt * 1e3));
		};
	}
	#c() {
		this.#i = !0, this.#e.addEventListener("ready", this.#u), this.#u();
	}
	#l() {
		this.#i = !1, this.#n += 1, clearTimeout(this.#o), this.#e.removeEventListener("ready", this.#u), this.#a && qt(this.#a), this.#a = void 0;
	}
	#u;
	#d(e) {
		this.#r = 0, this.error = void 0, e.topology && (this.topology = e.topology), e.as_of && (this.asOf = e.as_of), this.#p();
	}
	#f(e) {
		this.error = e;
		let t = Gt[Math.min(this.#r, Gt.length - 1)] ?? 1;
		this.#r += 1, this.#o = setTimeout(this.#u, t * 1e3), this.#p();
	}
	#p() {
		for (let e of [...this.#t]) e();
	}
}, Yt = /* @__PURE__ */ new WeakMap(), Xt = (e) => {
	let t = Yt.get(e);
	return t || Yt.set(e, t = new Jt(e)), t;
}, Zt = class {
	#e;
	#t;
	#n;
	constructor(e) {
		this.#e = e, e.addController(this);
	}
	get topology() {
		return this.#t?.topology;
	}
	get index() {
		return this.topology && Wt(this.topology);
	}
	get asOf() {
		return this.#t?.asOf ?? {};
	}
	get error() {
		return this.#t?.error;
	}
	hostConnected() {
		this.#r();
	}
	hostUpdate() {
		this.#r();
	}
	hostDisconnected() {
		this.#n?.(), this.#n = void 0;
	}
	#r() {
		let e = this.#e.hass?.connection;
		if (!e) return;
		let t = Xt(e);
		t === this.#t && this.#n || (this.#n?.(), this.#t = t, this.#n = t.listen(() => {
			this.#e.requestUpdate();
		}));
	}
}, Qt = {
	menu: "M3,6H21V8H3V6M3,11H21V13H3V11M3,16H21V18H3V16Z",
	overview: "M13,3V9H21V3M13,21H21V11H13M3,21H11V15H3M3,13H11V3H3V13Z",
	floor: "M10 5V10H9V5H5V13H9V12H10V17H9V14H5V19H12V17H13V19H19V17H21V21H3V3H21V15H19V10H13V15H12V9H19V5H10Z",
	find: "M9.5,3A6.5,6.5 0 0,1 16,9.5C16,11.11 15.41,12.59 14.44,13.73L14.71,14H15.5L20.5,19L19,20.5L14,15.5V14.71L13.73,14.44C12.59,15.41 11.11,16 9.5,16A6.5,6.5 0 0,1 3,9.5A6.5,6.5 0 0,1 9.5,3M9.5,5C7,5 5,7 5,9.5C5,12 7,14 9.5,14C12,14 14,12 14,9.5C14,7 12,5 9.5,5Z",
	history: "M22,21H2V3H4V19H6V10H10V19H12V6H16V19H18V14H22V21Z",
	maintenance: "M22.7,19L13.6,9.9C14.5,7.6 14,4.9 12.1,3C10.1,1 7.1,0.6 4.7,1.7L9,6L6,9L1.6,4.7C0.4,7.1 0.9,10.1 2.9,12.1C4.8,14 7.5,14.5 9.8,13.6L18.9,22.7C19.3,23.1 19.9,23.1 20.3,22.7L22.6,20.4C23.1,20 23.1,19.3 22.7,19Z",
	alert: "M13 14H11V9H13M13 18H11V16H13M1 21H23L12 2L1 21Z",
	good: "M12 2C6.5 2 2 6.5 2 12S6.5 22 12 22 22 17.5 22 12 17.5 2 12 2M10 17L5 12L6.41 10.59L10 14.17L17.59 6.58L19 8L10 17Z",
	info: "M13,9H11V7H13M13,17H11V11H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z"
};
function $t(e) {
	return w`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${T`<path d=${Qt[e]} />`}</svg>`;
}
// src/panel/router.ts
var en = "/butlr", tn = [
	"overview",
	"floor",
	"find",
	"history",
	"maintenance"
];
function nn(e, ...t) {
	return [
		en,
		e,
		...t.map(encodeURIComponent)
	].join("/");
}
function rn(e) {
	let [t = "overview", ...n] = e.split("/").filter(Boolean).map(an), r = tn.find((e) => e === t);
	return r ? {
		view: r,
		path: n
	} : null;
}
function an(e) {
	try {
		return decodeURIComponent(e);
	} catch {
		return e;
	}
}
// src/panel/styles.ts
var W = o`
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
`, on = [
	"language",
	"locale",
	"connected",
	"user",
	"themes"
], G = class extends N {
	constructor(...e) {
		super(...e), this.asOf = {}, this.narrow = !1, this.path = [];
	}
	shouldUpdate(e) {
		if (e.size > 1 || !e.has("hass")) return !0;
		let t = e.get("hass");
		return t === void 0 || this.#e(t);
	}
	#e(e) {
		if (on.some((t) => e[t] !== this.hass[t])) return !0;
		if (e.states === this.hass.states) return !1;
		for (let t of this.shown()) if (e.states[t] !== this.hass.states[t]) return !0;
		return !1;
	}
};
V([P({ attribute: !1 })], G.prototype, "hass", void 0), V([P({ attribute: !1 })], G.prototype, "topology", void 0), V([P({ attribute: !1 })], G.prototype, "asOf", void 0), V([P({ attribute: !1 })], G.prototype, "texts", void 0), V([P({
	type: Boolean,
	reflect: !0
})], G.prototype, "narrow", void 0), V([P({ attribute: !1 })], G.prototype, "path", void 0), I("butlr-view-find", class extends G {
	shown() {
		return [];
	}
	render() {
		return w``;
	}
	static {
		this.styles = [W];
	}
}), I("butlr-view-floor", class extends G {
	shown() {
		return [];
	}
	render() {
		return w``;
	}
	static {
		this.styles = [W];
	}
}), I("butlr-view-history", class extends G {
	shown() {
		return [];
	}
	render() {
		return w``;
	}
	static {
		this.styles = [W];
	}
}), I("butlr-view-maintenance", class extends G {
	shown() {
		return [];
	}
	render() {
		return w``;
	}
	static {
		this.styles = [W];
	}
}), I("butlr-view-overview", class extends G {
	shown() {
		return [];
	}
	render() {
		return w``;
	}
	static {
		this.styles = [W];
	}
});
// src/panel/panel.ts
var sn = "/config/integrations/integration/butlr", K = class extends N {
	constructor(...e) {
		super(...e), this.narrow = !1, this.#e = new Zt(this), this.#t = new Vt(this);
	}
	#e;
	#t;
	#n;
	willUpdate() {
		this.dir = this.#t.texts?.rightToLeft ? "rtl" : "ltr";
	}
	render() {
		let e = rn(this.route?.path ?? "");
		return w`${this.#i(e)}
      <main aria-busy=${this.#r ? "false" : "true"}>${this.#o(e)}</main>`;
	}
	updated(e) {
		this.#_(), e.has("route") && this.renderRoot.querySelector("main")?.scrollTo(0, 0);
	}
	get #r() {
		return this.#e.topology !== void 0 && this.#t.texts !== void 0;
	}
	#i(e) {
		let t = this.#t.texts;
		return w`
      <header>
        ${this.hass?.dockedSidebar !== "always_hidden" && !this.narrow ? D : w`<button class="menu" aria-label=${t?.text("panel.menu") ?? "…"} @click=${this.#a}>
              ${$t("menu")}
            </button>`}
        <h1>Butlr</h1>
      </header>
      <nav aria-label=${t?.text("panel.views") ?? "…"}>
        ${tn.map((n) => w`
            <a href=${nn(n)} aria-current=${e?.view === n ? "page" : D}>
              ${$t(n)}<span>${t?.text(`panel.tabs.${n}`) ?? w`&nbsp;`}</span>
            </a>
          `)}
      </nav>
    `;
	}
	#a() {
		this.dispatchEvent(new CustomEvent("hass-toggle-menu", {
			bubbles: !0,
			composed: !0
		}));
	}
	#o(e) {
		let t = this.#t.texts, { topology: n, error: r } = this.#e;
		if (t && !n && r) return this.#f(t, r.code, r.message);
		if (!this.hass || !t || !n) return this.#c();
		if (!e) return this.#g(t);
		let { organizations: i } = n;
		if (i.length === 0) return this.#p(t);
		let a = i.filter(({ state: e }) => e !== "loaded"), o = i.some(({ buildings: e }) => e.length > 0);
		return w`
      <div role="status">${this.hass.connected ? D : this.#l(t.text("panel.disconnected"))}</div>
      ${a.map((e) => this.#h(t, e))}
      ${o ? this.#s(e, this.hass, n, t) : a.length < i.length ? this.#m(t) : D}
    `;
	}
	#s({ view: e, path: t }, n, r, i) {
		let a = `butlr-view-${e}`;
		this.#n?.localName !== a && (this.#n = document.createElement(a));
		let o = this.#n.path.join("/") === t.join("/"), s = {
			hass: n,
			topology: r,
			texts: i,
			asOf: this.#e.asOf,
			narrow: this.narrow,
			path: o ? this.#n.path : t
		};
		return Object.assign(this.#n, s);
	}
	#c() {
		return w`<div class="skeleton" aria-hidden="true">
      <div></div>
      <div></div>
      <div></div>
    </div>`;
	}
	#l(e) {
		return w`<p class="card notice">${$t("alert")}<span>${e}</span></p>`;
	}
	#u(e, ...t) {
		return w`<section class="card message">
      <h2>${e}</h2>
      ${t}
    </section>`;
	}
	#d(e) {
		return this.hass?.user?.is_admin ? w`<p><a class="button" href=${sn}>${e.text("panel.open_integration")}</a></p>` : w`<p>${e.text("panel.ask_admin")}</p>`;
	}
	#f(e, t, n) {
		let r = t === "unknown_command";
		return this.#u(e.text("panel.failed.title"), w`<p>${e.text(r ? "panel.failed.not_set_up" : "panel.failed.text", { error: n || String(t) })}</p>
        <p>${e.text("panel.failed.retrying")}</p>`, this.#d(e));
	}
	#p(e) {
		return this.#u(e.text("panel.not_set_up.title"), w`<p>${e.text("panel.not_set_up.text")}</p>`, this.#d(e));
	}
	#m(e) {
		let t = this.hass?.user?.is_admin;
		return this.#u(e.text("panel.no_rooms.title"), w`<p>${e.text(t ? "panel.no_rooms.admin" : "panel.no_rooms.text")}</p>`, t ? this.#d(e) : D);
	}
	#h(e, { name: t, state: n, reason: r }) {
		let i = cn.find((e) => e === n) ?? "not_loaded";
		return w`<section class="card message" role="status">
      <h2>${e.text(`panel.state.${i}.title`, { name: t })}</h2>
      <p>${e.text(`panel.state.${i}.text`)}</p>
      ${r ? w`<p class="secondary">${e.text("panel.reason", { reason: r })}</p>` : D}
      ${i === "setup_in_progress" ? D : this.#d(e)}
    </section>`;
	}
	#g(e) {
		return this.#u(e.text("panel.not_found.title"), w`<p>${e.text("panel.not_found.text")}</p>
        <p><a class="button" href=${nn("overview")}>${e.text("panel.not_found.link")}</a></p>`);
	}
	#_() {
		let e = rn(this.route?.path ?? ""), t = this.#t.texts;
		if (!e || !t || !this.isConnected) return;
		let n = `${t.text(`panel.tabs.${e.view}`)} – Butlr – Home Assistant`;
		document.title !== n && (document.title = n);
	}
	static {
		this.styles = [W, o`
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
    `];
	}
};
V([P({ attribute: !1 })], K.prototype, "hass", void 0), V([P({
	type: Boolean,
	reflect: !0
})], K.prototype, "narrow", void 0), V([P({ attribute: !1 })], K.prototype, "route", void 0), V([P({ attribute: !1 })], K.prototype, "panel", void 0);
var cn = [
	"setup_retry",
	"setup_error",
	"setup_in_progress",
	"migration_error",
	"not_loaded"
];
I("butlr-panel", K);
// src/strategy/cards.ts
var q = (...e) => e.filter((e) => e !== void 0), J = { columns: "full" }, Y = (e, t, n = [], r) => ({
	type: "heading",
	heading: e,
	heading_style: "title",
	icon: t,
	...n.some((e) => e !== void 0) && { badges: q(...n).map((e) => ({
		type: "entity",
		entity: e,
		show_state: !0,
		show_icon: !0
	})) },
	...r !== void 0 && { tap_action: {
		action: "navigate",
		navigation_path: r
	} }
}), ln = (e, t, n = !1) => {
	let r = (n ? t.people_estimate : t.people) ?? t.occupancy;
	return r === void 0 ? void 0 : {
		type: "tile",
		entity: r,
		name: e
	};
}, X = (e) => e === void 0 ? void 0 : {
	type: "tile",
	entity: e
}, un = (e, t) => t === void 0 ? void 0 : {
	type: "gauge",
	entity: t,
	name: e,
	min: 0,
	max: 100,
	needle: !0,
	severity: {
		green: 0,
		yellow: 70,
		red: 95
	},
	grid_options: { columns: 6 }
}, dn = (e, t) => {
	let n = q(...t);
	return n.length === 0 ? void 0 : {
		type: "history-graph",
		title: e,
		hours_to_show: 24,
		entities: n.map((e) => ({ entity: e })),
		grid_options: J
	};
}, fn = (e, t) => {
	let n = q(...t);
	return n.length === 0 ? void 0 : {
		type: "statistics-graph",
		title: e,
		entities: n,
		days_to_show: 7,
		period: "hour",
		stat_types: ["mean", "max"],
		chart_type: "line",
		grid_options: J
	};
}, pn = (e, t, n) => t.length === 0 ? void 0 : {
	type: "entity-filter",
	entities: t,
	conditions: [{
		condition: "state",
		state: n
	}],
	show_empty: !1,
	card: {
		type: "entities",
		title: e,
		show_header_toggle: !1
	},
	grid_options: J
}, mn = (e) => ({
	type: "markdown",
	content: e,
	text_only: !0,
	grid_options: J
}), hn = (e) => ({
	type: "custom:butlr-floor-map",
	floor: e,
	grid_options: J
}), gn = (e) => ({
	type: "custom:butlr-rooms",
	floor: e,
	grid_options: J
}), _n = 4, vn = 30, yn = 80, bn = (e) => `floor-${e.id}`, Z = (...e) => ({
	type: "sections",
	max_columns: _n,
	sections: q(...e)
}), Q = (e, t) => ({
	type: "grid",
	cards: e,
	...t !== void 0 && { column_span: t }
}), xn = (e, t) => e.name.localeCompare(t.name, void 0, { numeric: !0 }), Sn = (e, t, n) => {
	let r = [...n].sort(xn).map((e) => ln(e.name, e.entities, e.estimated)).filter((e) => e !== void 0).slice(0, yn);
	return r.length === 0 ? void 0 : Q([Y(e, t), ...r]);
}, Cn = (e) => e.spaces.filter((e) => e.kind === "room"), wn = (e, t, n) => {
	let { entities: r } = e, i = r.people ?? r.people_estimate;
	return Q([
		Y(e.name, "mdi:layers", [i, r.free_rooms], n),
		...e.spaces.length > 0 ? [hn(e.id)] : [],
		...q(un(t.text("dashboard.utilization"), r.utilization), X(r.occupancy), X(r.entries_today), X(r.exits_today))
	], 2);
}, Tn = (e, t) => {
	let n = e.floors.flatMap(Cn), r = n.length <= vn, { people: i, free_rooms: a } = e.entities, o = q(dn(t.text("dashboard.last_day"), [i, ...e.floors.map((e) => e.entities.people)]), fn(t.text("dashboard.last_week"), [i]));
	return Z(...e.floors.map((e) => wn(e, t, bn(e))), r ? Sn(t.text("dashboard.rooms"), "mdi:door", n) : void 0, o.length === 0 ? void 0 : Q([Y(e.name, "mdi:office-building", [i, a]), ...o]));
}, En = (e, t) => {
	let n = Cn(e), r = e.spaces.filter((e) => e.kind === "zone"), i = q(dn(t.text("dashboard.last_day"), [e.entities.people]), fn(t.text("dashboard.last_week"), [e.entities.people]));
	return Z(wn(e, t), n.length === 0 ? void 0 : Q([Y(t.text("dashboard.free_rooms"), "mdi:door-open"), gn(e.id)]), Sn(t.text("dashboard.rooms"), "mdi:door", n), Sn(t.text("dashboard.zones"), "mdi:select-group", r), i.length === 0 ? void 0 : Q([Y(t.text("dashboard.history"), "mdi:chart-line"), ...i]));
}, Dn = (e, t) => Z(...e.filter((e) => Object.keys(e.entities).length + e.hardware.length > 0).map(({ name: e, entities: n, hardware: r }) => {
	let i = (e) => q(...r.map((t) => t.entities[e]));
	return Q([Y(e, "mdi:tools"), ...q(X(n.sensors_offline), X(n.update_mode), X(n.refresh), pn(t.text("dashboard.offline"), i("connectivity"), ["off"]), pn(t.text("dashboard.batteries"), i("battery"), ["on"]))]);
})), $ = (e, t) => ({
	title: e,
	path: "butlr",
	...Z(Q([mn(t)]))
}), On = (e, t) => {
	let n = e.organizations.filter((e) => e.state !== "loaded").map(({ name: e, reason: n }) => {
		let r = t.text("dashboard.not_loaded", { name: e });
		return n === null ? r : `${r} ${n}`;
	});
	return n.length > 0 ? n.join("\n\n") : t.text("dashboard.nothing");
}, kn = (e, t, n) => {
	let r = e.organizations.flatMap((e) => e.buildings).filter(({ id: e }) => !n.buildings || n.buildings.includes(e));
	if (r.length === 0) return [$("Butlr", On(e, t))];
	let i = r.map(({ id: e, name: t }) => ({
		title: t,
		path: e,
		strategy: {
			type: "custom:butlr-building",
			building: e
		}
	}));
	e.organizations.some((e) => e.hardware.length > 0) && n.maintenance !== !1 && i.push({
		title: t.text("dashboard.maintenance"),
		path: "maintenance",
		icon: "mdi:tools",
		strategy: { type: "custom:butlr-maintenance" }
	});
	let a = r.flatMap((e) => e.floors.map((t) => ({
		building: e,
		floor: t
	})));
	return i.concat(a.map(({ building: e, floor: t }) => ({
		title: `${e.name}: ${t.name}`,
		path: bn(t),
		subview: !0,
		strategy: {
			type: "custom:butlr-floor",
			floor: t.id
		}
	})));
}, An = (e, t, n, r) => {
	switch (e.type) {
		case "custom:butlr-building": {
			let t = n.buildings.get(String(e.building));
			return t && Tn(t.building, r);
		}
		case "custom:butlr-floor": {
			let t = n.floors.get(String(e.floor));
			return t && En(t.floor, r);
		}
		default: return Dn(t.organizations, r);
	}
}, jn = "https://github.com/butlr-home-assistant/butlr/blob/main/docs/dashboard.md", Mn = /* @__PURE__ */ new WeakMap(), Nn = /* @__PURE__ */ new WeakMap(), Pn = (e) => {
	if (!e) return "";
	let t = Nn.get(e);
	return t === void 0 && Nn.set(e, t = JSON.stringify(e.organizations)), t;
}, Fn = (e) => {
	let t = Xt(e.connection), n = Mn.get(t);
	return n || (Mn.set(t, n = /* @__PURE__ */ new Map()), t.listen(() => void 0)), {
		store: t,
		made: n
	};
}, In = async (e) => (!e.topology && !e.error && await new Promise((t) => {
	let n = e.listen(() => {
		(e.topology || e.error) && (n(), t());
	});
}), e.topology), Ln = async (e, t, n, r) => {
	let { store: i, made: a } = Fn(t), [o, s] = await Promise.all([In(i), Bt(t)]);
	return a.set(JSON.stringify(e), Pn(o)), o ? n(o, s) : r(s);
}, Rn = (e, t) => {
	let { store: n, made: r } = Fn(t), i = JSON.stringify(e);
	return r.has(i) && r.get(i) !== Pn(n.topology);
}, zn = class extends HTMLElement {
	static async generate(e, t) {
		return {
			title: "Butlr",
			views: await Ln(e, t, (t, n) => kn(t, n, e), (e) => [$("Butlr", e.text("dashboard.unreachable"))])
		};
	}
	static shouldRegenerate(e, t, n) {
		return Rn(e, n);
	}
	static getCreateSuggestions() {
		return {
			title: "Butlr",
			icon: "mdi:floor-plan"
		};
	}
}, Bn = class extends HTMLElement {
	static async generate(e, t) {
		return Ln(e, t, (t, n) => An(e, t, Wt(t), n) ?? $("Butlr", n.text("dashboard.gone")), (e) => $("Butlr", e.text("dashboard.unreachable")));
	}
	static shouldRegenerate(e, t, n) {
		return Rn(e, n);
	}
}, Vn = async (e) => {
	let t = (await window.hassConnection)?.conn;
	t && (e.description = (await Bt({
		connection: t,
		language: document.documentElement.lang || "en"
	})).text("dashboard.description"));
};
// src/main.ts
(() => {
	I("ll-strategy-dashboard-butlr", zn);
	for (let e of [
		"building",
		"floor",
		"maintenance"
	]) I(`ll-strategy-view-butlr-${e}`, class extends Bn {});
	let e = window.customStrategies ??= [];
	if (e.some(({ type: e }) => e === "butlr")) return;
	let t = {
		type: "butlr",
		strategyType: "dashboard",
		name: "Butlr",
		description: "Live floor maps, free rooms and history of every building. Follows your Butlr organization by itself.",
		documentationURL: jn
	};
	e.push(t), Vn(t).catch(() => void 0);
})();
