// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "moves/Move.h"

namespace warploom {

// One function a move, each in the file of its name.
std::unique_ptr<Move> makeFuseLaunches();
std::unique_ptr<Move> makeFuseStatistics();
std::unique_ptr<Move> makeInterchangeAxes();
std::unique_ptr<Move> makeTransposeScratch();
std::unique_ptr<Move> makeLiteralTunable();
std::unique_ptr<Move> makeKeepExtremum();
std::unique_ptr<Move> makeRowPerBlock();
std::unique_ptr<Move> makeShareColumns();
std::unique_ptr<Move> makeKeepColumn();
std::unique_ptr<Move> makeKeepRow();
std::unique_ptr<Move> makeFusePasses();
std::unique_ptr<Move> makeSelectPerWarp();
std::unique_ptr<Move> makeExchangeSort();
std::unique_ptr<Move> makeBisect();
std::unique_ptr<Move> makeSplitSum();
std::unique_ptr<Move> makeSplitContraction();
std::unique_ptr<Move> makeWindow();
std::unique_ptr<Move> makeMarchPlanes();
std::unique_ptr<Move> makeStageWindow();
std::unique_ptr<Move> makeShareWindows();
std::unique_ptr<Move> makeShareSums();
std::unique_ptr<Move> makePatchGrid();
std::unique_ptr<Move> makeScanSinglePass();
std::unique_ptr<Move> makeScanRow();
std::unique_ptr<Move> makeTileTranspose();
std::unique_ptr<Move> makeStageStores();
std::unique_ptr<Move> makeTileLoop();
std::unique_ptr<Move> makeTileContraction();
std::unique_ptr<Move> makePipelineContraction();
std::unique_ptr<Move> makeTensorContraction();
std::unique_ptr<Move> makeTensorSplit();
std::unique_ptr<Move> makeTensorDouble();
std::unique_ptr<Move> makeAttentionTiles();
std::unique_ptr<Move> makeAttentionTensor();
std::unique_ptr<Move> makeAttentionWgmma();
std::unique_ptr<Move> makeFlashDecoding();
std::unique_ptr<Move> makePairTiles();
std::unique_ptr<Move> makeWgmmaContraction();
std::unique_ptr<Move> makeLiftZeroPoints();
std::unique_ptr<Move> makeWriteFactors();
std::unique_ptr<Move> makeWriteImage();
std::unique_ptr<Move> makeAccumulateLocal();
std::unique_ptr<Move> makePrivatizeHistogram();
std::unique_ptr<Move> makeSliceHistogram();
std::unique_ptr<Move> makeGatherBatch();
std::unique_ptr<Move> makeVectorize();
std::unique_ptr<Move> makeCoarsen();
std::unique_ptr<Move> makePadShared();
std::unique_ptr<Move> makeKnownDivisors();
std::unique_ptr<Move> makeSpecialiseSize();
std::unique_ptr<Move> makeUnroll();
std::unique_ptr<Move> makeRestrictConst();
std::unique_ptr<Move> makePlainForm();
std::unique_ptr<Move> makeShuffleTree();
std::unique_ptr<Move> makeSingleLiterals();
std::unique_ptr<Move> makeFastMath();
std::unique_ptr<Move> makeWholeWaves();
std::unique_ptr<Move> makeLaunchBounds();
std::unique_ptr<Move> makeCompilerFlags();

/// Every move, in the order proposals are made in.
const std::vector<std::unique_ptr<Move>>& moveCatalogue();

}  // namespace warploom
