// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <QProcess>

#include "protocol/Handshake.h"
#include "protocol/MessageFraming.h"
#include "protocol/MoveValues.h"

using namespace warploom;
using namespace warploom::test;

/// Speaks to one warploom-rewriter as the engine would.
class TestRewriter : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_process.start(QString::fromStdString((binaryFolder() / "warploom-rewriter").string()));
        QVERIFY(m_process.waitForStarted());
        const auto answer = call("initialize", toJson(PeerIdentity{"engine"}));
        QCOMPARE(answer.at("result").at("kind").get<std::string>(), std::string("rewriter"));
    }

    void cleanup()
    {
        m_process.closeWriteChannel();
        QVERIFY(m_process.waitForFinished());
        QCOMPARE(m_process.exitCode(), 0);
    }

    void listsMoves()
    {
        const auto moves = moveDescriptionsFromJson(call("moves/list", nlohmann::json::object()).at("result"));
        QVERIFY_RESULT(moves);
        QVERIFY(moves->size() >= 10);
    }

    void proposes()
    {
        const auto source = readFile(sourceFolder() / "kernels/softmax/baseline.cu");
        const auto answer = moveAnswerFromJson(
            call("moves/propose", MoveRequest{source, "softmax.cu", {"row-per-block"}, {}, {"rows", "cols"}})
                .at("result"));
        QVERIFY_RESULT(answer);
        QCOMPARE(answer->proposals.size(), std::size_t{2});
        QCOMPARE(answer->kernels.size(), std::size_t{1});
    }

    void badRequestsGetErrors()
    {
        QVERIFY(call("moves/propose", nlohmann::json::object()).contains("error"));
        QVERIFY(call("moves/propose", MoveRequest{"this is no kernel", "x.cu", {}, {}, {}}).contains("error"));
        QVERIFY(call("moves/polish", nlohmann::json::object()).contains("error"));
        QVERIFY(call("moves/list", nlohmann::json::object()).contains("result"));
    }

private:
    nlohmann::json call(const std::string& method, const nlohmann::json& params)
    {
        const nlohmann::json request = {{"jsonrpc", "2.0"}, {"id", ++m_id}, {"method", method}, {"params", params}};
        m_process.write(QByteArray::fromStdString(frameMessage(request.dump())));
        nlohmann::json answer;
        while (answer.is_null() && (m_process.bytesAvailable() > 0 || m_process.waitForReadyRead(30000))) {
            const auto bytes = m_process.readAllStandardOutput();
            const auto fed = m_parser.feed({bytes.constData(), static_cast<std::size_t>(bytes.size())},
                                           [&](std::string body) -> Result<> {
                                               auto message = nlohmann::json::parse(body);
                                               if (message.contains("id"))
                                                   answer = std::move(message);
                                               return {};
                                           });
            if (!fed)
                qFatal("%s", fed.error().toString().c_str());
        }
        if (answer.value("id", 0) != m_id)
            qFatal("no answer to %s", method.c_str());
        return answer;
    }

    QProcess m_process;
    FrameParser m_parser;
    int m_id = 0;
};

QTEST_GUILESS_MAIN(TestRewriter)
#include "tst_Rewriter.moc"
