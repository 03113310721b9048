// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/Theme.h"

#include <cmath>

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStyleFactory>

static void initialiseResources() { Q_INIT_RESOURCE(resources); }

namespace warploom {

namespace {

constexpr std::array<const char*, kTokenCount> kTokenNames = {
    "background", "panel",  "line",    "text",         "muted",     "accent",  "ok",      "provisional",
    "wrong",      "error",  "timeout", "suspect",      "modelled",  "keyword", "type",    "builtin",
    "string",     "number", "comment", "preprocessor", "directive", "added",   "removed", "selection"};

/// Relative luminance, WCAG 2.1.
double luminance(const QColor& color)
{
    const auto linear = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

QFont resized(QFont font, double points)
{
    font.setPointSizeF(font.pointSizeF() + points);
    return font;
}

}  // namespace

QString tokenName(Token token) { return QString::fromLatin1(kTokenNames[static_cast<std::size_t>(token)]); }

double contrast(const QColor& a, const QColor& b)
{
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

Theme& Theme::instance()
{
    static Theme theme;
    return theme;
}

Theme::Theme()
{
    initialiseResources();
    const QPalette system = QApplication::palette();
    m_systemIsDark = system.color(QPalette::Window).lightness() < system.color(QPalette::WindowText).lightness();
    load(m_systemIsDark ? QStringLiteral("dark") : QStringLiteral("light"));
}

void Theme::choose(ThemeChoice choice)
{
    m_choice = choice;
    const bool dark = choice == ThemeChoice::Dark || (choice == ThemeChoice::System && m_systemIsDark);
    load(dark ? QStringLiteral("dark") : QStringLiteral("light"));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(palette());
    emit changed();
}

void Theme::load(const QString& name)
{
    QFile file(QStringLiteral(":/warploom/themes/%1.json").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the theme %s is missing from the program's resources", qPrintable(name));
    const QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
    const QJsonObject colors = root.value(QLatin1String("colours")).toObject();
    for (int i = 0; i < kTokenCount; ++i)
        m_colors[static_cast<std::size_t>(i)] = QColor(colors.value(tokenName(static_cast<Token>(i))).toString());
    m_isDark = root.value(QLatin1String("dark")).toBool();
}

QPalette Theme::palette() const
{
    QPalette palette;
    palette.setColor(QPalette::Window, color(Token::Panel));
    palette.setColor(QPalette::Base, color(Token::Background));
    palette.setColor(QPalette::AlternateBase, color(Token::Panel));
    palette.setColor(QPalette::Button, color(Token::Panel));
    palette.setColor(QPalette::ToolTipBase, color(Token::Panel));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
        palette.setColor(role, color(Token::Text));
    palette.setColor(QPalette::PlaceholderText, color(Token::Muted));
    palette.setColor(QPalette::Highlight, color(Token::Selection));
    palette.setColor(QPalette::HighlightedText, color(Token::Text));
    palette.setColor(QPalette::Link, color(Token::Accent));
    palette.setColor(QPalette::LinkVisited, color(Token::Accent));
    palette.setColor(QPalette::Mid, color(Token::Line));
    palette.setColor(QPalette::Midlight, color(Token::Line));
    palette.setColor(QPalette::Dark, color(Token::Line));
    palette.setColor(QPalette::Shadow, color(Token::Line));
    palette.setColor(QPalette::Light, color(Token::Background));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, color(Token::Muted));
    return palette;
}

QFont Theme::codeFont() const
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (!QFontInfo(font).fixedPitch())
        font.setFamily(QStringLiteral("DejaVu Sans Mono"));
    font.setStyleHint(QFont::Monospace);
    font.setPointSizeF(QApplication::font().pointSizeF());
    return font;
}

QFont Theme::captionFont() const { return resized(QApplication::font(), -1); }

QFont Theme::titleFont() const { return resized(QApplication::font(), 2); }

}  // namespace warploom
