// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QString>

#include "base/Result.h"
#include "base/Secret.h"

namespace warploom {

/// Keeps keys of model servers beyond the end of the program, by server. Answers come later, on the UI thread, and not
/// at all once the store has gone.
class KeyStore {
public:
    template <typename T>
    using Answer = std::function<void(Result<T>)>;

    virtual ~KeyStore() = default;

    /// NotFound where there is none; Unsupported where nothing keeps keys here.
    virtual void read(const QString& server, Answer<Secret> answer) = 0;
    virtual void write(const QString& server, const Secret& key, Answer<void> answer) = 0;
    /// Fine where there was none.
    virtual void remove(const QString& server, Answer<void> answer) = 0;
};

}  // namespace warploom
