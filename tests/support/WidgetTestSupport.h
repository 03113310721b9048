// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest/QtTest>
#include <QtWidgets/QtWidgets>

#include "TestSupport.h"
#include "engine/Lineage.h"

namespace warploom::test {

/// Test locations for settings, and the light theme.
void setUpWidgetTest();
/// Runs every test function of \p test; any Qt warning ends the program.
int runWidgetTest(QObject& test, int argc, char** argv);

/// Saves what \p widget shows as PICTURE_FOLDER/name.png when $WARPLOOM_PICTURES names a folder, for people to look at.
void keepPicture(QWidget& widget, const QString& name);

/// A lineage of \p variants variants with \p evaluations evaluations in all: a tree that branches, with every verdict
/// in it, one favoured and one retired variant. The same for the same numbers.
WorkspaceContent syntheticContent(int variants, int evaluations, bool modelled);
/// The event that a workspace would write for this record, as the next after \p sequence.
EventRecord eventOf(const VariantRecord& variant, EventSequence sequence);
EventRecord eventOf(const EvaluationRecord& evaluation, EventSequence sequence);

}  // namespace warploom::test

/// main() of a test of views.
#define WARPLOOM_WIDGET_TEST_MAIN(Class)                                                                               \
    int main(int argc, char** argv)                                                                                    \
    {                                                                                                                  \
        QApplication application(argc, argv);                                                                          \
        Class test;                                                                                                    \
        return ::warploom::test::runWidgetTest(test, argc, argv);                                                      \
    }
