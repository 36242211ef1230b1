"""What LaTeX's names look like in a terminal, in characters that monospaced fonts have."""


def _table(words: str) -> dict[str, str]:
    """Pairs, written as `name sign name sign ...`."""
    parts = words.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW⊤′∗*",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵀ′**",
        strict=True,
    )
)
SUBSCRIPTS = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvx",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ",
        strict=True,
    )
)

GREEK = _table("""
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι
    kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi ϕ chi χ psi ψ
    omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
""")
BINARY = _table(r"""
    cdot · times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ odot ⊙ otimes ⊗ oplus ⊕ cup ∪ cap ∩
    wedge ∧ land ∧ vee ∨ lor ∨ setminus \
""")
RELATIONS = _table("""
    le ≤ leq ≤ ge ≥ geq ≥ lt < gt > ne ≠ neq ≠ approx ≈ sim ∼ simeq ≃ cong ≅ equiv ≡ propto ∝
    ll ≪ gg ≫ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ mid | perp ⊥ parallel ‖
    coloneqq ≔ triangleq ≜ to → rightarrow → longrightarrow → leftarrow ← gets ← leftrightarrow ↔
    Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ implies ⇒ mapsto ↦ colon :
""")
ORDINARY = _table(r"""
    partial ∂ nabla ∇ infty ∞ forall ∀ exists ∃ neg ¬ lnot ¬ emptyset ∅ varnothing ∅ ell ℓ hbar ħ
    Re Re Im Im top ⊤ bot ⊥ angle ∠ prime ′ degree ° checkmark ✓ ldots … dots … dotsc … cdots ⋯
    dotsb ⋯ vdots ┆ ddots ⋱ backslash \ uparrow ↑ downarrow ↓ bullet • dagger † % % # # & & $ $ _ _
""")
OPENING = _table("{ { lVert ‖ lvert | langle ⟨ lfloor ⌊ lceil ⌈ lbrace { lbrack [")
CLOSING = _table("} } rVert ‖ rvert | rangle ⟩ rfloor ⌋ rceil ⌉ rbrace } rbrack ]")
BARS = _table("| ‖ Vert ‖ vert |")
DELIMITERS = OPENING | CLOSING | BARS

BIG = _table("sum ∑ prod ∏ int ∫ oint ∮ bigcup ⋃ bigcap ⋂")
LIMITS = _names("min max lim sup inf argmax argmin limsup liminf")
FUNCTIONS = LIMITS | _names(
    "log ln exp sin cos tan tanh sinh cosh arcsin arccos arctan det dim Pr gcd deg ker arg"
)
WORDS = _names("mathrm operatorname text textrm textbf textit texttt mbox")
SIZES = _names("big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr")
ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0304",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "underline": "\u0332",
}
SPACES = {
    **dict.fromkeys((",", ";", ":", " ", "thinspace", "enspace"), " "),
    **dict.fromkeys(("!", "displaystyle", "textstyle", "limits", "nolimits"), ""),
    "quad": "  ",
    "qquad": "    ",
}
ASCII_SIGNS = _table("""
    · * × x ÷ / ± +- ∓ -+ ∗ * ⋆ * ∘ o ⊙ (*) ⊗ (x) ⊕ (+) ∪ u ∩ n ∧ and ∨ or ≤ <= ≥ >= ≠ != ≈ ~=
    ∼ ~ ≃ ~= ≅ ~= ≡ == ∝ prop ≪ << ≫ >> ∈ in ∉ not-in ∋ contains ⊂ subset ⊆ subset= ⊃ superset
    ⊇ superset= ⊥ perp ≔ := ≜ := → -> ← <- ↔ <-> ⇒ => ⇐ <= ⇔ <=> ↦ |-> ∂ d ∇ grad ∞ inf
    ∀ forall ∃ exists ¬ not ∅ {} ℓ l ħ hbar ⊤ T ∠ angle ′ ' ° deg ✓ ok … ... ⋯ ... ┆ : ⋱ ...
    ↑ up ↓ down • * † + − - ‖ || ⟨ < ⟩ > ⌊ floor( ⌋ ) ⌈ ceil( ⌉ ) ∑ sum ∏ prod ∫ int ∮ int
    ⋃ union ⋂ intersection ℝ R ℕ N ℤ Z ℚ Q ℂ C ℙ P
""") | {sign: name.removeprefix("var") for name, sign in GREEK.items()}

DOUBLE_STRUCK = _table("R ℝ N ℕ Z ℤ Q ℚ C ℂ P ℙ")
"""The blackboard letters that monospaced fonts have; the others stay plain."""
