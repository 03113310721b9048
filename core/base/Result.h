// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/Error.h"

namespace warploom {

/// A value or the Error that explains its absence. Replaceable by std::expected in this one file.
template <typename T = void>
using Result = tl::expected<T, Error>;

/// Makes the failure side of any Result.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return fail(Error{code, std::move(message), {}, {}, {}});
}

}  // namespace warploom

#define WARPLOOM_CONCAT_IMPL(a, b) a##b
#define WARPLOOM_CONCAT(a, b) WARPLOOM_CONCAT_IMPL(a, b)
#define WARPLOOM_TRY_IMPL(result, declaration, expression)                                                             \
    auto result = (expression);                                                                                        \
    if (!result)                                                                                                       \
        return ::warploom::fail(std::move(result).error());                                                            \
    declaration = std::move(*result)

/// WARPLOOM_TRY(auto value, call()): declares value or returns the error to the caller.
#define WARPLOOM_TRY(declaration, expression)                                                                          \
    WARPLOOM_TRY_IMPL(WARPLOOM_CONCAT(tryResult, __LINE__), declaration, expression)

/// WARPLOOM_CHECK(call()): returns the error of a Result<void> to the caller.
#define WARPLOOM_CHECK(expression)                                                                                     \
    do {                                                                                                               \
        if (auto checkResult = (expression); !checkResult)                                                             \
            return ::warploom::fail(std::move(checkResult).error());                                                   \
    } while (false)
