// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qsci/qscilexercpp.h>

namespace warploom {

/// C++ with CUDA's qualifiers, built-in variables, functions and vector types, in the theme's colours.
class CudaLexer : public QsciLexerCPP {
    Q_OBJECT

public:
    explicit CudaLexer(QObject* parent = nullptr);

    [[nodiscard]] const char* language() const override { return "CUDA"; }
    [[nodiscard]] const char* keywords(int set) const override;
    void applyTheme();
};

}  // namespace warploom
