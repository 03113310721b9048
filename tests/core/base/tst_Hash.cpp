// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <set>

#include "base/Hash.h"

using namespace warploom;

class tst_Hash : public QObject {
    Q_OBJECT

private slots:
    void isStable();
    void differsWhereTextsDiffer();
    void fieldsHaveBorders();
};

void tst_Hash::isStable()
{
    // XXH3's own test vector for no input: stored hashes must mean the same in every build.
    QCOMPARE(contentHash(""), std::string("99aa06d3014798d86001c324468d497f"));
    QCOMPARE(contentHash("kernel"), contentHash(std::string("kernel")));
}

void tst_Hash::differsWhereTextsDiffer()
{
    std::set<std::string> hashes;
    std::string text;
    for (int i = 0; i < 2000; ++i) {
        const std::string hash = contentHash(text);
        QCOMPARE(hash.size(), std::size_t{32});
        QVERIFY(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
        QVERIFY(hashes.insert(hash).second);
        text += '\0';
    }
}

void tst_Hash::fieldsHaveBorders()
{
    const auto hashOf = [](std::initializer_list<std::string_view> fields) {
        HashBuilder builder;
        for (const std::string_view field : fields)
            builder.add(field);
        return builder.hex();
    };
    QVERIFY(hashOf({"ab", "c"}) != hashOf({"a", "bc"}));
    QVERIFY(hashOf({"ab"}) != hashOf({"ab", ""}));
    QVERIFY(hashOf({"1:a"}) != hashOf({"1", "a"}));
    QVERIFY(hashOf({"1", "2"}) != hashOf({"2", "1"}));
    QCOMPARE(hashOf({"x", "y"}), hashOf({"x", "y"}));
}

QTEST_APPLESS_MAIN(tst_Hash)
#include "tst_Hash.moc"
