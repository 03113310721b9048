// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include <QColor>
#include <QFont>
#include <QObject>
#include <QPalette>

namespace warploom {

/// What a colour is for. Views name tokens; the colours stand in resources/themes.
enum class Token {
    Background,
    Panel,
    Line,
    Text,
    Muted,
    Accent,
    Ok,
    Provisional,
    Wrong,
    Error,
    Timeout,
    Suspect,
    Modelled,
    Keyword,
    Type,
    Builtin,
    String,
    Number,
    Comment,
    Preprocessor,
    Directive,
    Added,
    Removed,
    Selection,
};

inline constexpr int kTokenCount = static_cast<int>(Token::Selection) + 1;

/// Name of a token in the theme files.
QString tokenName(Token token);

enum class ThemeChoice { System, Light, Dark };

/// The colours and fonts that every view draws with. One for the program, on the UI thread.
class Theme : public QObject {
    Q_OBJECT

public:
    static Theme& instance();

    /// Sets the program's palette and style; views hear changed(). System goes by the lightness of the palette that the
    /// program started with.
    void choose(ThemeChoice choice);
    [[nodiscard]] ThemeChoice choice() const { return m_choice; }
    [[nodiscard]] bool isDark() const { return m_isDark; }
    [[nodiscard]] QColor color(Token token) const { return m_colors[static_cast<std::size_t>(token)]; }

    /// The system's monospace font: code and all figures.
    [[nodiscard]] QFont codeFont() const;
    [[nodiscard]] QFont captionFont() const;
    [[nodiscard]] QFont titleFont() const;

signals:
    void changed();

private:
    Theme();
    void load(const QString& name);
    [[nodiscard]] QPalette palette() const;

    ThemeChoice m_choice = ThemeChoice::System;
    bool m_isDark = false;
    bool m_systemIsDark = false;
    std::array<QColor, kTokenCount> m_colors;
};

/// Contrast of two colours as WCAG 2.1 defines it: 1 (none) to 21.
double contrast(const QColor& a, const QColor& b);

}  // namespace warploom
