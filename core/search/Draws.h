// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Random.h"

namespace warploom {

/// A draw of the beta distribution; both shapes at least 1. The same for the same stream on every platform.
double drawBeta(double a, double b, RandomStream& random);

}  // namespace warploom
