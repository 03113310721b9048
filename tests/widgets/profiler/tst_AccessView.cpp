// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "RecordedProfile.h"
#include "WidgetTestSupport.h"
#include "engine/ProfileCapabilities.h"
#include "look/Theme.h"
#include "profiler/AccessView.h"

#include <QClipboard>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>

using namespace warploom;
using namespace warploom::test;

namespace {

QPushButton* buttonOf(const QWidget& view, const QString& text)
{
    for (auto* button : view.findChildren<QPushButton*>())
        if (button->text() == text)
            return button;
    return nullptr;
}

}  // namespace

class TestAccessView : public QObject {
    Q_OBJECT

private slots:
    void missingCountersHaveACommandToCopy();
    void nvdisasmCanBeBrought();
};

void TestAccessView::missingCountersHaveACommandToCopy()
{
    VariantProfile profile = recordedProfile("sgemm-baseline");
    for (ObservedLaunch& launch : profile.observation.launches)
        launch.metrics.clear();
    profile.missing = {"counters of the card: CUPTI_ERROR_INSUFFICIENT_PRIVILEGES: this user may not read them"};
    const auto states = capabilitiesOf(profile);
    AccessView view;
    view.resize(560, 760);
    view.show();
    view.showStates(states);
    QCOMPARE(view.states().size(), states.size());
    auto* command = view.findChild<QLineEdit*>();
    QVERIFY(command != nullptr && command->isReadOnly() && !command->text().isEmpty());
    QTest::mouseClick(buttonOf(view, QStringLiteral("Copy")), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), command->text());
    QTest::mouseClick(buttonOf(view, QStringLiteral("Copy all as text")), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromStdString(capabilitiesText(states)));
    keepPicture(view, QStringLiteral("access-light"));
    Theme::instance().choose(ThemeChoice::Dark);
    keepPicture(view, QStringLiteral("access-dark"));
    Theme::instance().choose(ThemeChoice::Light);
    view.showMessage(QStringLiteral("Profile a kernel with F6."));
    QVERIFY(view.states().empty());
}

void TestAccessView::nvdisasmCanBeBrought()
{
    AccessView view;
    view.show();
    CapabilityState sass;
    sass.capability = Capability::Sass;
    sass.title = "SASS";
    sass.detail = "No nvdisasm was found";
    view.showStates({sass});
    QVERIFY(buttonOf(view, QStringLiteral("Bring nvdisasm…")) == nullptr);
    sass.remedies = {{"This brings it, from NVIDIA's wheel (about 5 MB)", "packaging/fetch-nvdisasm.sh"}};
    view.showStates({sass});
    QSignalSpy wanted(&view, &AccessView::nvdisasmWanted);
    QTest::mouseClick(buttonOf(view, QStringLiteral("Bring nvdisasm…")), Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
}

WARPLOOM_WIDGET_TEST_MAIN(TestAccessView)
#include "tst_AccessView.moc"
