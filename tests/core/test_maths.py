"""Formulas in rows and in one row: the twelve hard ones by heart, and what holds for all."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.boxes import width
from tutor.core.maths import broken, display, inline, problems

SOFTMAX = r"\mathrm{softmax}(z)_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}"
CROSS_ENTROPY = r"L = -\frac{1}{N} \sum_{n=1}^N \sum_k y_{nk} \log \hat{y}_{nk}"
ATTENTION = (
    r"\mathrm{Attention}(Q, K, V) = "
    r"\mathrm{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V"
)
CONVOLUTION = r"(f * g)[i, j] = \sum_{m=0}^{k-1} \sum_{n=0}^{k-1} f_{m,n}\, g_{i+m, j+n} + b"
ADAM = r"\theta_{t+1} = \theta_t - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}"
MATRICES = (
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} \begin{pmatrix} x \\ y \end{pmatrix}"
    r" = \begin{pmatrix} ax+by \\ cx+dy \end{pmatrix}"
)
CHAIN = r"\frac{\partial L}{\partial w_{ij}^{(l)}} = \delta_j^{(l)} a_i^{(l-1)}"
GAN = (
    r"\min_G \max_D \; \mathbb{E}_{x \sim p_{\mathrm{data}}}[\log D(x)]"
    r" + \mathbb{E}_{z \sim p_z}[\log(1 - D(G(z)))]"
)
RELU = r"\mathrm{ReLU}(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"
STEP = r"w \leftarrow w - \eta \nabla L(w), \quad \eta = 10^{-3}"
WORD2VEC = (
    r"\log \sigma(v_c^\top v_w) + \sum_{i=1}^{k} \mathbb{E}_{w_i \sim P_n}"
    r" \left[\log \sigma(-v_{w_i}^\top v_w)\right]"
)
GAUSSIAN = r"p(x) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\left(-\frac{(x-\mu)^2}{2\sigma^2}\right)"

HARD = {
    SOFTMAX: """
                  zᵢ
                 e
softmax(z)ᵢ = ─────────
                K   zⱼ
                ∑  e
               j=1
""",
    CROSS_ENTROPY: """
       1   N
L = − ───  ∑  ∑ yₙₖ log ŷₙₖ
       N  n=1 k
""",
    ATTENTION: """
                            ⎛ QKᵀ ⎞
Attention(Q, K, V) = softmax⎜─────⎟V
                            ⎝ √dₖ ⎠
""",
    CONVOLUTION: """
                k−1 k−1
(f ∗ g)[i, j] =  ∑   ∑  f    g        + b
                m=0 n=0  m,n  i+m,j+n
""",
    ADAM: """
                 m̂ₜ
θₜ₊₁ = θₜ − η ─────────
               √v̂ₜ + ϵ
""",
    MATRICES: """
⎛a  b⎞⎛x⎞ = ⎛ax + by⎞
⎝c  d⎠⎝y⎠   ⎝cx + dy⎠
""",
    CHAIN: """
   ∂L
───────── = δⱼ⁽ˡ⁾aᵢ⁽ˡ⁻¹⁾
 ∂wᵢⱼ⁽ˡ⁾
""",
    GAN: """
min max E        [log D(x)] + E     [log(1 − D(G(z)))]
 G   D   x∼p_data              z∼p_z
""",
    RELU: """
ReLU(x) = ⎧x  x > 0
          ⎩0  otherwise
""",
    STEP: """
w ← w − η∇L(w),  η = 10⁻³
""",
    WORD2VEC: """
               k
log σ(vᵀv ) +  ∑  E     ⎡log σ(−vᵀ v )⎤
       c w    i=1  wᵢ∼Pₙ⎣        wᵢ w ⎦
""",
    GAUSSIAN: """
          1        ⎛   (x − μ)² ⎞
p(x) = ──────── exp⎜− ──────────⎟
         ┌────     ⎝     2σ²    ⎠
        ╲│2πσ²
""",
}


def shown(tex: str, **options: bool) -> str:
    return "\n".join(row.rstrip() for row in display(tex, **options).rows)


@pytest.mark.parametrize("tex", HARD)
def test_hard_formulas_in_two_dimensions(tex):
    assert shown(tex) == HARD[tex].strip("\n")
    assert problems(tex) == []


@pytest.mark.parametrize("tex", HARD)
def test_the_left_side_stands_on_the_baseline(tex):
    found = display(tex)
    assert all(width(row) == found.width for row in found.rows)
    start = {MATRICES: "⎛a", CHAIN: "───", GAN: "min"}.get(tex)
    line = found.rows[found.baseline]
    assert line.startswith(start) if start else any(sign in line for sign in "=←σ")


@pytest.mark.parametrize(
    ("tex", "row"),
    [
        (SOFTMAX, "softmax(z)ᵢ = (e^(zᵢ))/(∑ⱼ₌₁ᴷ e^(zⱼ))"),
        (CROSS_ENTROPY, "L = −(1/N) ∑ₙ₌₁ᴺ ∑ₖ yₙₖ log ŷₙₖ"),
        (ATTENTION, "Attention(Q, K, V) = softmax((QKᵀ)/(√dₖ))V"),
        (CHAIN, "(∂L)/(∂wᵢⱼ⁽ˡ⁾) = δⱼ⁽ˡ⁾aᵢ⁽ˡ⁻¹⁾"),
        (RELU, "ReLU(x) = {x, x > 0; 0, otherwise}"),
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{ab}{cd}", "(ab)/(cd)"),
        (r"\frac{a}{b}^2", "(a/b)²"),
        (r"2\frac{a+b}{c}x", "2((a + b)/c)x"),
        (r"\log\frac{p}{q}", "log(p/q)"),
        (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
        (r"x^{n \times d}", "x^(n×d)"),
        (r"x_{i,j}", "x_(i,j)"),
        (r"p_{\mathrm{data}}x", "p_data x"),
        (r"10^{-3}", "10⁻³"),
        (r"w_{ij}^2", "wᵢⱼ²"),
        (r"\lVert w \rVert_2^2", "‖w‖₂²"),
        (r"-x - -y", "−x − −y"),
        (r"\{x \mid -1 \leq x\}", "{x | −1 ≤ x}"),
        (r"\sqrt{2\pi}", "√(2π)"),
        (r"\sqrt{0.09} + \sqrt{\hat{v}_t}", "√0.09 + √v̂ₜ"),
        (r"\sqrt[3]{x}", "³√x"),
        (r"f'(x) \in \mathbb{R}", "f′(x) ∈ ℝ"),
        (r"\mathbb{E}[\mathbf{w}] \to \mathcal{L}", "E[w] → L"),
        (r"x_1, \ldots, x_n", "x₁, …, xₙ"),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", "[1, 2; 3, 4]"),
        (r"\underbrace{a+b}_{c}", "(a + b)_c"),
        (r"\operatorname*{arg\,max}_{y \in Y} p(y)", "arg max_(y∈Y) p(y)"),
        (r"5\,\mathrm{ms}", "5 ms"),
        (r"a \not= b", "a ≠ b"),
    ],
)
def test_one_row_keeps_the_grouping(tex, row):
    assert inline(tex) == row
    assert problems(tex) == []


@pytest.mark.parametrize(
    ("tex", "rows"),
    [
        (r"\overset{?}{=}", "?\n="),
        (r"\underbrace{a + b}_{\text{sum}}", "a + b\n╰─┬─╯\n sum"),
        (r"\left\{ \frac{a}{b} \right.", "⎧ a\n⎨───\n⎩ b"),
        (r"\left(\frac{a}{b}\right)^2_i", "⎛ a ⎞²\n⎜───⎟\n⎝ b ⎠ᵢ"),
        (r"\begin{aligned} a &= b \\ &= c + d \end{aligned}", "a = b\n  = c + d"),
        (r"a &= b \\ c &= d", "a = b\nc = d"),
        (r"\begin{vmatrix} a \\ b \end{vmatrix}", "│a│\n│b│"),
        (r"\prod_{i=1}^{n}p_i", " n\n ∏  pᵢ\ni=1"),
        (r"\overline{xy}", "──\nxy"),
        (r"\sqrt{x^2 + y^2}", " ┌───────\n╲│x² + y²"),
        (r"\binom{n}{k}", "⎛n⎞\n⎜ ⎟\n⎝k⎠"),
    ],
)
def test_constructions(tex, rows):
    assert shown(tex) == rows


@pytest.mark.parametrize(
    ("tex", "row"),
    [
        (r"\hat{y} = \sigma(w^\top x + b)", "hat(y) = sigma(w^T x + b)"),
        (r"\theta_{t+1} \leftarrow \eta g", "theta_(t+1) <- eta g"),
        (r"\frac{a}{b} \leq \infty", "a/b <= inf"),
        (r"\sum_{i} x_i^2", "sum_i x_i^2"),
        (r"\lVert w \rVert \in \mathbb{R}", "||w|| in R"),
    ],
)
def test_ascii(tex, row):
    assert inline(tex, ascii=True) == row


@pytest.mark.parametrize("tex", HARD)
def test_ascii_is_ascii(tex):
    assert "".join(display(tex, ascii=True).rows).isascii()
    assert inline(tex, ascii=True).isascii()


@pytest.mark.parametrize("tex", [r"\frac{a}{", r"{a", r"a}", r"\begin{cases} a"])
def test_broken_latex_is_shown_as_it_stands_and_reported(tex):
    assert display(tex).rows == (tex,)
    assert inline(tex) == tex
    assert len(problems(tex)) == 1


def test_problems_name_what_is_unknown():
    found = problems(r"\fraq{a} + \begin{tikzcd} b \end{tikzcd} + \fraq c")
    assert found == ["The macro `\\fraq` is not known.", "The environment `tikzcd` is not known."]
    assert problems(r"\left( a + b") == ["A `\\left` and its `\\right` do not stand in one group."]


def test_a_wide_formula_is_broken_before_a_relation_or_a_sign():
    lines = broken(GAN, 40)
    assert [line.rows[0].split()[0] for line in lines] == ["min", "+"]
    assert all(line.width <= 40 for line in lines)
    assert broken(GAN, 100) == (display(GAN),)
    assert broken(r"\mathrm{supercalifragilistic}", 10) == ()


_snippets = st.sampled_from(
    [*HARD, r"\frac{a}{b}", r"\frac", "{", "}", "^", "_", "'", "&", r"\\", r"\left(", r"\right)",
     r"\sqrt", "[", "]", r"\hat", r"\mathbb", r"\text{a b}", r"\begin{cases}", r"\end{cases}",
     r"\sum", r"\unknown", "-", "=", "x", "1", " ", "$", "%", "\n", "\x1b[2J", "中", "é", r"\not"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_snippets, max_size=12).map("".join) | st.text(max_size=60), st.booleans())
def test_nothing_raises_and_boxes_are_boxes(tex, ascii_only):
    found = display(tex, ascii=ascii_only)
    assert found.rows
    assert 0 <= found.baseline < found.height
    assert {width(row) for row in found.rows} == {found.width}
    row = inline(tex, ascii=ascii_only)
    assert not any(ord(char) < 32 or char == "\x7f" for char in (*row, *"".join(found.rows)))
    assert all(isinstance(problem, str) for problem in problems(tex))
    for line in broken(tex, 30, ascii=ascii_only):
        assert line.width <= 30


def test_deep_nesting_is_shown_as_it_stands():
    tex = "{" * 3000 + "x" + "}" * 3000
    assert display(tex).rows == (tex,)
    assert problems(tex)


def test_the_parser_is_not_imported_before_it_is_needed():
    code = "import sys, tutor.core.maths; sys.exit('pylatexenc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
