// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Toolkits without CUPTI, or with one older than the Range Profiler, have no such headers; everything else is built
// without.
#if __has_include(<cupti_range_profiler.h>)
#include <cuda.h>
#include <cupti_pcsampling.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>
#include <cupti_result.h>
#include <cupti_sass_metrics.h>
#include <cupti_target.h>
#define WARPLOOM_HAS_CUPTI_RANGES 1
#else
#define WARPLOOM_HAS_CUPTI_RANGES 0
#endif
