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
})(e) : e, { is: l, defineProperty: u, getOwnPropertyDescriptor: d, getOwnPropertyNames: ee, getOwnPropertySymbols: te, getPrototypeOf: ne } = Object, f = globalThis, p = f.trustedTypes, re = p ? p.emptyScript : "", ie = f.reactiveElementPolyfillSupport, m = (e, t) => e, h = {
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
}, g = (e, t) => !l(e, t), ae = {
	attribute: !0,
	type: String,
	converter: h,
	reflect: !1,
	useDefault: !1,
	hasChanged: g
};
Symbol.metadata ??= Symbol("metadata"), f.litPropertyMetadata ??= /* @__PURE__ */ new WeakMap();
var _ = class extends HTMLElement {
	static addInitializer(e) {
		this._$Ei(), (this.l ??= []).push(e);
	}
	static get observedAttributes() {
		return this.finalize(), this._$Eh && [...this._$Eh.keys()];
	}
	static createProperty(e, t = ae) {
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
		return this.elementProperties.get(e) ?? ae;
	}
	static _$Ei() {
		if (this.hasOwnProperty(m("elementProperties"))) return;
		let e = ne(this);
		e.finalize(), e.l !== void 0 && (this.l = [...e.l]), this.elementProperties = new Map(e.elementProperties);
	}
	static finalize() {
		if (this.hasOwnProperty(m("finalized"))) return;
		if (this.finalized = !0, this._$Ei(), this.hasOwnProperty(m("properties"))) {
			let e = this.properties, t = [...ee(e), ...te(e)];
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
			if (!1 === r && (i = this[e]), n ??= a.getPropertyOptions(e), !((n.hasChanged ?? g)(i, t) || n.useDefault && n.reflect && i === this._$Ej?.get(e) && !this.hasAttribute(a._$Eu(e, n)))) return;
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
_.elementStyles = [], _.shadowRootOptions = { mode: "open" }, _[m("elementProperties")] = /* @__PURE__ */ new Map(), _[m("finalized")] = /* @__PURE__ */ new Map(), ie?.({ ReactiveElement: _ }), (f.reactiveElementVersions ??= []).push("2.1.2");
// ../../../main/frontend/node_modules/lit-html/lit-html.js
var v = globalThis, y = (e) => e, b = v.trustedTypes, oe = b ? b.createPolicy("lit-html", { createHTML: (e) => e }) : void 0, se = "$lit$", x = `lit$${Math.random().toFixed(9).slice(2)}$`, ce = "?" + x, le = `<${ce}>`, S = document, C = () => S.createComment(""), w = (e) => e === null || typeof e != "object" && typeof e != "function", T = Array.isArray, ue = (e) => T(e) || typeof e?.[Symbol.iterator] == "function", E = "[ 	\n\f\r]", D = /<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g, de = /-->/g, O = />/g, k = RegExp(`>|${E}(?:([^\\s"'>=/]+)(${E}*=${E}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`, "g"), A = /'/g, j = /"/g, M = /^(?:script|style|textarea|title)$/i, N = (e) => (t, ...n) => ({
	_$litType$: e,
	strings: t,
	values: n
}), P = N(1), fe = N(2), F = Symbol.for("lit-noChange"), I = Symbol.for("lit-nothing"), pe = /* @__PURE__ */ new WeakMap(), L = S.createTreeWalker(S, 129);
function me(e, t) {
	if (!T(e) || !e.hasOwnProperty("raw")) throw Error("invalid template strings array");
	return oe === void 0 ? t : oe.createHTML(t);
}
var he = (e, t) => {
	let n = e.length - 1, r = [], i, a = t === 2 ? "<svg>" : t === 3 ? "<math>" : "", o = D;
	for (let t = 0; t < n; t++) {
		let n = e[t], s, c, l = -1, u = 0;
		for (; u < n.length && (o.lastIndex = u, c = o.exec(n), c !== null);) u = o.lastIndex, o === D ? c[1] === "!--" ? o = de : c[1] === void 0 ? c[2] === void 0 ? c[3] !== void 0 && (o = k) : (M.test(c[2]) && (i = RegExp("</" + c[2], "g")), o = k) : o = O : o === k ? c[0] === ">" ? (o = i ?? D, l = -1) : c[1] === void 0 ? l = -2 : (l = o.lastIndex - c[2].length, s = c[1], o = c[3] === void 0 ? k : c[3] === "\"" ? j : A) : o === j || o === A ? o = k : o === de || o === O ? o = D : (o = k, i = void 0);
		let d = o === k && e[t + 1].startsWith("/>") ? " " : "";
		a += o === D ? n + le : l >= 0 ? (r.push(s), n.slice(0, l) + se + n.slice(l) + x + d) : n + x + (l === -2 ? t : d);
	}
	return [me(e, a + (e[n] || "<?>") + (t === 2 ? "</svg>" : t === 3 ? "</math>" : "")), r];
}, R = class e {
	constructor({ strings: t, _$litType$: n }, r) {
		let i;
		this.parts = [];
		let a = 0, o = 0, s = t.length - 1, c = this.parts, [l, u] = he(t, n);
		if (this.el = e.createElement(l, r), L.currentNode = this.el.content, n === 2 || n === 3) {
			let e = this.el.content.firstChild;
			e.replaceWith(...e.childNodes);
		}
		for (; (i = L.nextNode()) !== null && c.length < s;) {
			if (i.nodeType === 1) {
				if (i.hasAttributes()) for (let e of i.getAttributeNames()) if (e.endsWith(se)) {
					let t = u[o++], n = i.getAttribute(e).split(x), r = /([.?@])?(.*)/.exec(t);
					c.push({
						type: 1,
						index: a,
						name: r[2],
						strings: n,
						ctor: r[1] === "." ? _e : r[1] === "?" ? ve : r[1] === "@" ? ye : V
					}), i.removeAttribute(e);
				} else e.startsWith(x) && (c.push({
					type: 6,
					index: a
				}), i.removeAttribute(e));
				if (M.test(i.tagName)) {
					let e = i.textContent.split(x), t = e.length - 1;
					if (t > 0) {
						i.textContent = b ? b.emptyScript : "";
						for (let n = 0; n < t; n++) i.append(e[n], C()), L.nextNode(), c.push({
							type: 2,
							index: ++a
						});
						i.append(e[t], C());
					}
				}
			} else if (i.nodeType === 8) {
				if (i.data === ce) c.push({
					type: 2,
					index: a
				});
				else {
					let e = -1;
					for (; (e = i.data.indexOf(x, e + 1)) !== -1;) c.push({
						type: 7,
						index: a
					}), e += x.length - 1;
				}
			}
			a++;
		}
	}
	static createElement(e, t) {
		let n = S.createElement("template");
		return n.innerHTML = e, n;
	}
};
function z(e, t, n = e, r) {
	if (t === F) return t;
	let i = r === void 0 ? n._$Cl : n._$Co?.[r], a = w(t) ? void 0 : t._$litDirective$;
	return i?.constructor !== a && (i?._$AO?.(!1), a === void 0 ? i = void 0 : (i = new a(e), i._$AT(e, n, r)), r === void 0 ? n._$Cl = i : (n._$Co ??= [])[r] = i), i !== void 0 && (t = z(e, i._$AS(e, t.values), i, r)), t;
}
var ge = class {
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
		let { el: { content: t }, parts: n } = this._$AD, r = (e?.creationScope ?? S).importNode(t, !0);
		L.currentNode = r;
		let i = L.nextNode(), a = 0, o = 0, s = n[0];
		for (; s !== void 0;) {
			if (a === s.index) {
				let t;
				s.type === 2 ? t = new B(i, i.nextSibling, this, e) : s.type === 1 ? t = new s.ctor(i, s.name, s.strings, this, e) : s.type === 6 && (t = new be(i, this, e)), this._$AV.push(t), s = n[++o];
			}
			a !== s?.index && (i = L.nextNode(), a++);
		}
		return L.currentNode = S, r;
	}
	p(e) {
		let t = 0;
		for (let n of this._$AV) n !== void 0 && (n.strings === void 0 ? n._$AI(e[t]) : (n._$AI(e, n, t), t += n.strings.length - 2)), t++;
	}
}, B = class e {
	get _$AU() {
		return this._$AM?._$AU ?? this._$Cv;
	}
	constructor(e, t, n, r) {
		this.type = 2, this._$AH = I, this._$AN = void 0, this._$AA = e, this._$AB = t, this._$AM = n, this.options = r, this._$Cv = r?.isConnected ?? !0;
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
		e = z(this, e, t), w(e) ? e === I || e == null || e === "" ? (this._$AH !== I && this._$AR(), this._$AH = I) : e !== this._$AH && e !== F && this._(e) : e._$litType$ === void 0 ? e.nodeType === void 0 ? ue(e) ? this.k(e) : this._(e) : this.T(e) : this.$(e);
	}
	O(e) {
		return this._$AA.parentNode.insertBefore(e, this._$AB);
	}
	T(e) {
		this._$AH !== e && (this._$AR(), this._$AH = this.O(e));
	}
	_(e) {
		this._$AH !== I && w(this._$AH) ? this._$AA.nextSibling.data = e : this.T(S.createTextNode(e)), this._$AH = e;
	}
	$(e) {
		let { values: t, _$litType$: n } = e, r = typeof n == "number" ? this._$AC(e) : (n.el === void 0 && (n.el = R.createElement(me(n.h, n.h[0]), this.options)), n);
		if (this._$AH?._$AD === r) this._$AH.p(t);
		else {
			let e = new ge(r, this), n = e.u(this.options);
			e.p(t), this.T(n), this._$AH = e;
		}
	}
	_$AC(e) {
		let t = pe.get(e.strings);
		return t === void 0 && pe.set(e.strings, t = new R(e)), t;
	}
	k(t) {
		T(this._$AH) || (this._$AH = [], this._$AR());
		let n = this._$AH, r, i = 0;
		for (let a of t) i === n.length ? n.push(r = new e(this.O(C()), this.O(C()), this, this.options)) : r = n[i], r._$AI(a), i++;
		i < n.length && (this._$AR(r && r._$AB.nextSibling, i), n.length = i);
	}
	_$AR(e = this._$AA.nextSibling, t) {
		for (this._$AP?.(!1, !0, t); e !== this._$AB;) {
			let t = y(e).nextSibling;
			y(e).remove(), e = t;
		}
	}
	setConnected(e) {
		this._$AM === void 0 && (this._$Cv = e, this._$AP?.(e));
	}
}, V = class {
	get tagName() {
		return this.element.tagName;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	constructor(e, t, n, r, i) {
		this.type = 1, this._$AH = I, this._$AN = void 0, this.element = e, this.name = t, this._$AM = r, this.options = i, n.length > 2 || n[0] !== "" || n[1] !== "" ? (this._$AH = Array(n.length - 1).fill(/* @__PURE__ */ new String()), this.strings = n) : this._$AH = I;
	}
	_$AI(e, t = this, n, r) {
		let i = this.strings, a = !1;
		if (i === void 0) e = z(this, e, t, 0), a = !w(e) || e !== this._$AH && e !== F, a && (this._$AH = e);
		else {
			let r = e, o, s;
			for (e = i[0], o = 0; o < i.length - 1; o++) s = z(this, r[n + o], t, o), s === F && (s = this._$AH[o]), a ||= !w(s) || s !== this._$AH[o], s === I ? e = I : e !== I && (e += (s ?? "") + i[o + 1]), this._$AH[o] = s;
		}
		a && !r && this.j(e);
	}
	j(e) {
		e === I ? this.element.removeAttribute(this.name) : this.element.setAttribute(this.name, e ?? "");
	}
}, _e = class extends V {
	constructor() {
		super(...arguments), this.type = 3;
	}
	j(e) {
		this.element[this.name] = e === I ? void 0 : e;
	}
}, ve = class extends V {
	constructor() {
		super(...arguments), this.type = 4;
	}
	j(e) {
		this.element.toggleAttribute(this.name, !!e && e !== I);
	}
}, ye = class extends V {
	constructor(e, t, n, r, i) {
		super(e, t, n, r, i), this.type = 5;
	}
	_$AI(e, t = this) {
		if ((e = z(this, e, t, 0) ?? I) === F) return;
		let n = this._$AH, r = e === I && n !== I || e.capture !== n.capture || e.once !== n.once || e.passive !== n.passive, i = e !== I && (n === I || r);
		r && this.element.removeEventListener(this.name, this, n), i && this.element.addEventListener(this.name, this, e), this._$AH = e;
	}
	handleEvent(e) {
		typeof this._$AH == "function" ? this._$AH.call(this.options?.host ?? this.element, e) : this._$AH.handleEvent(e);
	}
}, be = class {
	constructor(e, t, n) {
		this.element = e, this.type = 6, this._$AN = void 0, this._$AM = t, this.options = n;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	_$AI(e) {
		z(this, e);
	}
}, xe = v.litHtmlPolyfillSupport;
xe?.(R, B), (v.litHtmlVersions ??= []).push("3.3.3");
var Se = (e, t, n) => {
	let r = n?.renderBefore ?? t, i = r._$litPart$;
	if (i === void 0) {
		let e = n?.renderBefore ?? null;
		r._$litPart$ = i = new B(t.insertBefore(C(), e), e, void 0, n ?? {});
	}
	return i._$AI(e), i;
}, H = globalThis, U = class extends _ {
	constructor() {
		super(...arguments), this.renderOptions = { host: this }, this._$Do = void 0;
	}
	createRenderRoot() {
		let e = super.createRenderRoot();
		return this.renderOptions.renderBefore ??= e.firstChild, e;
	}
	update(e) {
		let t = this.render();
		this.hasUpdated || (this.renderOptions.isConnected = this.isConnected), super.update(e), this._$Do = Se(t, this.renderRoot, this.renderOptions);
	}
	connectedCallback() {
		super.connectedCallback(), this._$Do?.setConnected(!0);
	}
	disconnectedCallback() {
		super.disconnectedCallback(), this._$Do?.setConnected(!1);
	}
	render() {
		return F;
	}
};
U._$litElement$ = !0, U.finalized = !0, H.litElementHydrateSupport?.({ LitElement: U });
var Ce = H.litElementPolyfillSupport;
Ce?.({ LitElement: U }), (H.litElementVersions ??= []).push("4.2.2");
// ../../../main/frontend/node_modules/@lit/reactive-element/decorators/property.js
var we = {
	attribute: !0,
	type: String,
	converter: h,
	reflect: !1,
	hasChanged: g
}, Te = (e = we, t, n) => {
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
function W(e) {
	return (t, n) => typeof n == "object" ? Te(e, t, n) : ((e, t, n) => {
		let r = t.hasOwnProperty(n);
		return t.constructor.createProperty(n, e), r ? Object.getOwnPropertyDescriptor(t, n) : void 0;
	})(e, t, n);
}
// src/home-assistant.ts
var Ee = (e) => typeof e == "object" && e && "code" in e && "message" in e ? {
	code: e.code,
	message: String(e.message)
} : {
	code: "unknown",
	message: e instanceof Error ? e.message : ""
}, G = (e, t) => {
	customElements.get(e) || customElements.define(e, t);
}, K = "component.butlr.config_panel.", De = 5e3, Oe = {
	comma_decimal: "en-US",
	decimal_comma: "de",
	quote_decimal: "de-CH",
	space_comma: "fr"
}, ke = class {
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
		this.#t = i === "system" ? void 0 : Oe[i] ?? e, this.#n = i !== "none", this.#r = new Intl.PluralRules(e), this.#i = n?.time_zone === "server" ? r : void 0, this.#o = n?.time_format === "system" ? void 0 : e, this.#a = n?.time_format === "12" || n?.time_format !== "24" && void 0;
	}
	get rightToLeft() {
		return /^(ar|fa|he|ur)\b/.test(this.language);
	}
	text(e, t = {}) {
		let n = this.#e[K + e];
		return n === void 0 ? e : n.replace(/\{(\w+)\}/g, (e, n) => {
			let r = t[n];
			return r === void 0 ? e : typeof r == "number" ? this.number(r) : r;
		});
	}
	count(e, t, n = {}) {
		let r = `${e}_${this.#r.select(t)}`;
		return this.text(K + r in this.#e ? r : `${e}_other`, {
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
}, q = /* @__PURE__ */ new WeakMap(), Ae = async (e, t) => {
	let n = async (t) => (await e.sendMessagePromise({
		type: "frontend/get_translations",
		language: t,
		category: "config_panel",
		integration: ["butlr"]
	})).resources, r = await n(t);
	return !Object.keys(r).some((e) => e.startsWith(K)) && t !== "en" ? n("en") : r;
}, je = (e, t) => {
	let n = q.get(e);
	n || q.set(e, n = /* @__PURE__ */ new Map());
	let r = n.get(t);
	return r || (r = Ae(e, t), n.set(t, r), r.catch(() => n.delete(t))), r;
}, Me = async (e) => new ke(e.language, await je(e.connection, e.language), e.locale, e.config.time_zone), Ne = class {
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
		Me(e).then((e) => {
			i() && (this.texts = e, this.#e.requestUpdate());
		}, () => {
			i() && (this.#i = setTimeout(() => {
				this.#t = void 0, this.#e.requestUpdate();
			}, De));
		});
	}
}, Pe = class {
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
}, Fe = /* @__PURE__ */ new WeakMap(), Ie = (e) => {
	let t = Fe.get(e);
	return t || Fe.set(e, t = new Pe(e)), t;
}, Le = [
	1,
	2,
	5,
	10,
	30
], Re = 30, ze = (e) => {
	Promise.resolve(e()).catch(() => void 0);
}, Be = class {
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
				e === this.#n ? this.#a = t : ze(t);
			}, (t) => {
				e === this.#n && this.#f(Ee(t));
			});
		}, this.#e = e;
	}
	listen(e) {
		return this.#t.add(e), clearTimeout(this.#s), this.#i || this.#c(), () => {
			this.#t.delete(e), this.#t.size > 0 || (clearTimeout(this.#s), this.#s = setTimeout(() => {
				this.#l();
			}, Re * 1e3));
		};
	}
	#c() {
		this.#i = !0, this.#e.addEventListener("ready", this.#u), this.#u();
	}
	#l() {
		this.#i = !1, this.#n += 1, clearTimeout(this.#o), this.#e.removeEventListener("ready", this.#u), this.#a && ze(this.#a), this.#a = void 0;
	}
	#u;
	#d(e) {
		this.#r = 0, this.error = void 0, e.topology && (this.topology = e.topology), e.as_of && (this.asOf = e.as_of), this.#p();
	}
	#f(e) {
		this.error = e;
		let t = Le[Math.min(this.#r, Le.length - 1)] ?? 1;
		this.#r += 1, this.#o = setTimeout(this.#u, t * 1e3), this.#p();
	}
	#p() {
		for (let e of [...this.#t]) e();
	}
}, Ve = /* @__PURE__ */ new WeakMap(), He = (e) => {
	let t = Ve.get(e);
	return t || Ve.set(e, t = new Be(e)), t;
}, Ue = class {
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
		return this.topology && Ie(this.topology);
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
		let t = He(e);
		t === this.#t && this.#n || (this.#n?.(), this.#t = t, this.#n = t.listen(() => {
			this.#e.requestUpdate();
		}));
	}
}, We = {
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
function J(e) {
	return P`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${fe`<path d=${We[e]} />`}</svg>`;
}
// src/panel/router.ts
var Ge = "/butlr", Ke = [
	"overview",
	"floor",
	"find",
	"history",
	"maintenance"
];
function Y(e, ...t) {
	return [
		Ge,
		e,
		...t.map(encodeURIComponent)
	].join("/");
}
function qe(e) {
	let [t = "overview", ...n] = e.split("/").filter(Boolean).map(Je), r = Ke.find((e) => e === t);
	return r ? {
		view: r,
		path: n
	} : null;
}
function Je(e) {
	try {
		return decodeURIComponent(e);
	} catch {
		return e;
	}
}
// src/panel/styles.ts
var X = o`
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
`;
// \0@oxc-project+runtime@0.156.0/helpers/esm/decorate.js
function Z(e, t, n, r) {
	var i = arguments.length, a = i < 3 ? t : r === null ? r = Object.getOwnPropertyDescriptor(t, n) : r, o;
	if (typeof Reflect == "object" && typeof Reflect.decorate == "function") a = Reflect.decorate(e, t, n, r);
	else for (var s = e.length - 1; s >= 0; s--) (o = e[s]) && (a = (i < 3 ? o(a) : i > 3 ? o(t, n, a) : o(t, n)) || a);
	return i > 3 && a && Object.defineProperty(t, n, a), a;
}
// src/panel/view.ts
var Ye = [
	"language",
	"locale",
	"connected",
	"user",
	"themes"
], Q = class extends U {
	constructor(...e) {
		super(...e), this.asOf = {}, this.narrow = !1, this.path = [];
	}
	shouldUpdate(e) {
		if (e.size > 1 || !e.has("hass")) return !0;
		let t = e.get("hass");
		return t === void 0 || this.#e(t);
	}
	#e(e) {
		if (Ye.some((t) => e[t] !== this.hass[t])) return !0;
		if (e.states === this.hass.states) return !1;
		for (let t of this.shown()) if (e.states[t] !== this.hass.states[t]) return !0;
		return !1;
	}
};
Z([W({ attribute: !1 })], Q.prototype, "hass", void 0), Z([W({ attribute: !1 })], Q.prototype, "topology", void 0), Z([W({ attribute: !1 })], Q.prototype, "asOf", void 0), Z([W({ attribute: !1 })], Q.prototype, "texts", void 0), Z([W({
	type: Boolean,
	reflect: !0
})], Q.prototype, "narrow", void 0), Z([W({ attribute: !1 })], Q.prototype, "path", void 0), G("butlr-view-find", class extends Q {
	shown() {
		return [];
	}
	render() {
		return P``;
	}
	static {
		this.styles = [X];
	}
}), G("butlr-view-floor", class extends Q {
	shown() {
		return [];
	}
	render() {
		return P``;
	}
	static {
		this.styles = [X];
	}
}), G("butlr-view-history", class extends Q {
	shown() {
		return [];
	}
	render() {
		return P``;
	}
	static {
		this.styles = [X];
	}
}), G("butlr-view-maintenance", class extends Q {
	shown() {
		return [];
	}
	render() {
		return P``;
	}
	static {
		this.styles = [X];
	}
}), G("butlr-view-overview", class extends Q {
	shown() {
		return [];
	}
	render() {
		return P``;
	}
	static {
		this.styles = [X];
	}
});
// src/panel/panel.ts
var Xe = "/config/integrations/integration/butlr", $ = class extends U {
	constructor(...e) {
		super(...e), this.narrow = !1, this.#e = new Ue(this), this.#t = new Ne(this);
	}
	#e;
	#t;
	#n;
	willUpdate() {
		this.dir = this.#t.texts?.rightToLeft ? "rtl" : "ltr";
	}
	render() {
		let e = qe(this.route?.path ?? "");
		return P`${this.#i(e)}
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
		return P`
      <header>
        ${this.hass?.dockedSidebar !== "always_hidden" && !this.narrow ? I : P`<button class="menu" aria-label=${t?.text("panel.menu") ?? "…"} @click=${this.#a}>
              ${J("menu")}
            </button>`}
        <h1>Butlr</h1>
      </header>
      <nav aria-label=${t?.text("panel.views") ?? "…"}>
        ${Ke.map((n) => P`
            <a href=${Y(n)} aria-current=${e?.view === n ? "page" : I}>
              ${J(n)}<span>${t?.text(`panel.tabs.${n}`) ?? P`&nbsp;`}</span>
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
		return P`
      <div role="status">${this.hass.connected ? I : this.#l(t.text("panel.disconnected"))}</div>
      ${a.map((e) => this.#h(t, e))}
      ${o ? this.#s(e, this.hass, n, t) : a.length < i.length ? this.#m(t) : I}
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
		return P`<div class="skeleton" aria-hidden="true">
      <div></div>
      <div></div>
      <div></div>
    </div>`;
	}
	#l(e) {
		return P`<p class="card notice">${J("alert")}<span>${e}</span></p>`;
	}
	#u(e, ...t) {
		return P`<section class="card message">
      <h2>${e}</h2>
      ${t}
    </section>`;
	}
	#d(e) {
		return this.hass?.user?.is_admin ? P`<p><a class="button" href=${Xe}>${e.text("panel.open_integration")}</a></p>` : P`<p>${e.text("panel.ask_admin")}</p>`;
	}
	#f(e, t, n) {
		let r = t === "unknown_command";
		return this.#u(e.text("panel.failed.title"), P`<p>${e.text(r ? "panel.failed.not_set_up" : "panel.failed.text", { error: n || String(t) })}</p>
        <p>${e.text("panel.failed.retrying")}</p>`, this.#d(e));
	}
	#p(e) {
		return this.#u(e.text("panel.not_set_up.title"), P`<p>${e.text("panel.not_set_up.text")}</p>`, this.#d(e));
	}
	#m(e) {
		let t = this.hass?.user?.is_admin;
		return this.#u(e.text("panel.no_rooms.title"), P`<p>${e.text(t ? "panel.no_rooms.admin" : "panel.no_rooms.text")}</p>`, t ? this.#d(e) : I);
	}
	#h(e, { name: t, state: n, reason: r }) {
		let i = Ze.find((e) => e === n) ?? "not_loaded";
		return P`<section class="card message" role="status">
      <h2>${e.text(`panel.state.${i}.title`, { name: t })}</h2>
      <p>${e.text(`panel.state.${i}.text`)}</p>
      ${r ? P`<p class="secondary">${e.text("panel.reason", { reason: r })}</p>` : I}
      ${i === "setup_in_progress" ? I : this.#d(e)}
    </section>`;
	}
	#g(e) {
		return this.#u(e.text("panel.not_found.title"), P`<p>${e.text("panel.not_found.text")}</p>
        <p><a class="button" href=${Y("overview")}>${e.text("panel.not_found.link")}</a></p>`);
	}
	#_() {
		let e = qe(this.route?.path ?? ""), t = this.#t.texts;
		if (!e || !t || !this.isConnected) return;
		let n = `${t.text(`panel.tabs.${e.view}`)} – Butlr – Home Assistant`;
		document.title !== n && (document.title = n);
	}
	static {
		this.styles = [X, o`
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
Z([W({ attribute: !1 })], $.prototype, "hass", void 0), Z([W({
	type: Boolean,
	reflect: !0
})], $.prototype, "narrow", void 0), Z([W({ attribute: !1 })], $.prototype, "route", void 0), Z([W({ attribute: !1 })], $.prototype, "panel", void 0);
var Ze = [
	"setup_retry",
	"setup_error",
	"setup_in_progress",
	"migration_error",
	"not_loaded"
];
G("butlr-panel", $);
