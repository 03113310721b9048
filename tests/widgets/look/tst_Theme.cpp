// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"
#include "look/Icons.h"
#include "look/Theme.h"

using namespace warploom;

namespace {

/// WCAG 2.1 AA for text.
constexpr double kReadable = 4.5;

const QList<Token> kInks = {Token::Text,    Token::Muted,        Token::Accent,   Token::Ok,      Token::Provisional,
                            Token::Wrong,   Token::Error,        Token::Timeout,  Token::Suspect, Token::Modelled,
                            Token::Keyword, Token::Type,         Token::Builtin,  Token::String,  Token::Number,
                            Token::Comment, Token::Preprocessor, Token::Directive};

}  // namespace

class tst_Theme : public QObject {
    Q_OBJECT

private slots:
    void everyInkIsReadableOnItsGround_data()
    {
        QTest::addColumn<ThemeChoice>("choice");
        QTest::newRow("light") << ThemeChoice::Light;
        QTest::newRow("dark") << ThemeChoice::Dark;
    }
    void everyInkIsReadableOnItsGround()
    {
        QFETCH(const ThemeChoice, choice);
        const Theme& theme = Theme::instance();
        Theme::instance().choose(choice);
        QCOMPARE(theme.isDark(), choice == ThemeChoice::Dark);
        for (const Token ink : kInks)
            for (const Token ground : {Token::Background, Token::Panel})
                QVERIFY2(contrast(theme.color(ink), theme.color(ground)) >= kReadable,
                         qPrintable(QStringLiteral("%1 on %2: %3")
                                        .arg(tokenName(ink), tokenName(ground))
                                        .arg(contrast(theme.color(ink), theme.color(ground)))));
        // Text also stands on what is selected, added and removed.
        for (const Token ground : {Token::Selection, Token::Added, Token::Removed})
            QVERIFY2(contrast(theme.color(Token::Text), theme.color(ground)) >= kReadable,
                     qPrintable(tokenName(ground)));
        QVERIFY(contrast(theme.color(Token::Ok), theme.color(Token::Added)) >= kReadable);
        QVERIFY(contrast(theme.color(Token::Wrong), theme.color(Token::Removed)) >= kReadable);
        QCOMPARE(QApplication::palette().color(QPalette::Base), theme.color(Token::Background));
    }

    void contrastIsWhatTheStandardSays()
    {
        QCOMPARE(contrast(Qt::white, Qt::white), 1.0);
        QVERIFY(std::abs(contrast(Qt::white, Qt::black) - 21.0) < 1e-9);
        // The standard's own example of a grey that just passes on white.
        QVERIFY(std::abs(contrast(QColor(0x76, 0x76, 0x76), Qt::white) - 4.54) < 0.01);
    }

    void everyTokenHasAColour()
    {
        for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
            Theme::instance().choose(choice);
            for (int i = 0; i < kTokenCount; ++i)
                QVERIFY2(Theme::instance().color(static_cast<Token>(i)).isValid(),
                         qPrintable(tokenName(static_cast<Token>(i))));
        }
    }

    void everyIconDrawsSomething()
    {
        for (int i = 0; i <= static_cast<int>(Icon::Guide); ++i) {
            const QImage image = icon(static_cast<Icon>(i)).pixmap(32, 32).toImage();
            int inked = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    inked += qAlpha(image.pixel(x, y)) > 128 ? 1 : 0;
            QVERIFY2(inked > 20, qPrintable(QString::number(i)));
        }
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_Theme)
#include "tst_Theme.moc"
