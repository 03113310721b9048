// temporary
#include "WidgetTestSupport.h"
#include "RecordedProfile.h"
#include "look/Theme.h"
#include "profiler/ProfilerPanel.h"
#include "session/EngineSession.h"
#include "session/Selection.h"
#include <QTabWidget>
using namespace warploom;
using namespace warploom::test;
class TestCardPictures : public QObject {
    Q_OBJECT
private slots:
    void make()
    {
        LiveLineage lineage; Selection selection; EngineSession session{lineage};
        ProfilerPanel panel{session, lineage, selection};
        panel.resize(640, 860); panel.show();
        auto* tabs = panel.findChild<QTabWidget*>();
        const auto read = [](const char* name) { std::ifstream f(std::string("/tmp/pr/") + name + ".json"); return nlohmann::json::parse(f).get<VariantProfile>(); };
        const auto text = [](const std::string& path) { std::ifstream f(path); return QString::fromStdString(std::string(std::istreambuf_iterator<char>(f), {})); };
        const auto naive = read("sgemm-baseline"); const auto best = read("sgemm-best");
        const ProfiledText a{QStringLiteral("baseline"), text("/work/main/kernels/sgemm/baseline.cu"), {kTaskBaseline, 0}};
        const ProfiledText b{QStringLiteral("Draft: tiled down to registers"), text("/tmp/pr/sgemm-best.cu"), {0, kTaskBaseline}};
        for (const auto& [name, who, what] : {std::tuple("naive", a, naive), std::tuple("evolved", b, best)}) {
            panel.showProfile(who, what);
            for (int i = 0; i < tabs->count(); ++i) {
                tabs->setCurrentIndex(i);
                QCoreApplication::processEvents();
                keepPicture(panel, QStringLiteral("card-%1-%2").arg(QString::fromLatin1(name), tabs->tabText(i).replace(u' ', u'-')));
            }
        }
    }
};
WARPLOOM_WIDGET_TEST_MAIN(TestCardPictures)
#include "tst_CardPictures.moc"
