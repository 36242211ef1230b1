"""The two themes: ink on night and ink on paper. Every colour of the program is named here."""

from textual.theme import Theme

DARK = Theme(
    name="walk-dark",
    dark=True,
    primary="#82aaff",
    secondary="#c3a6ff",
    accent="#ffcb6b",
    foreground="#d6deeb",
    background="#10141c",
    surface="#161b26",
    panel="#1e2533",
    success="#7fd88f",
    warning="#ffb86c",
    error="#ff7a85",
    variables={
        "train": "#82aaff",
        "valid": "#ffcb6b",
        "target": "#7fd88f",
        "ghost": "#5c6780",
        "quiet": "#8793a8",
        "footer-background": "#161b26",
        "footer-key-foreground": "#ffcb6b",
        "footer-description-foreground": "#aab4c5",
        "block-cursor-background": "#2c3650",
        "block-cursor-foreground": "#d6deeb",
        "input-selection-background": "#37507f",
    },
)

LIGHT = Theme(
    name="walk-light",
    dark=False,
    primary="#2352a8",
    secondary="#6a3fa0",
    accent="#9a5b00",
    foreground="#20242c",
    background="#fbf9f4",
    surface="#f3f0e8",
    panel="#e8e4d9",
    success="#1c7a3a",
    warning="#9a5b00",
    error="#b3202e",
    variables={
        "train": "#2352a8",
        "valid": "#9a5b00",
        "target": "#1c7a3a",
        "ghost": "#9aa0ab",
        "quiet": "#68707d",
        "footer-background": "#f3f0e8",
        "footer-key-foreground": "#9a5b00",
        "footer-description-foreground": "#4a515c",
        "block-cursor-background": "#cfdcf2",
        "block-cursor-foreground": "#20242c",
        "input-selection-background": "#bcd0f0",
    },
)

THEMES = (DARK, LIGHT)
