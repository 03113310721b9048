// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"

namespace warploom {

const std::vector<std::unique_ptr<Move>>& moveCatalogue()
{
    static const auto catalogue = [] {
        std::vector<std::unique_ptr<Move>> moves;
        moves.push_back(makeFuseLaunches());
        moves.push_back(makeFuseStatistics());
        moves.push_back(makeInterchangeAxes());
        moves.push_back(makeTransposeScratch());
        moves.push_back(makeLiteralTunable());
        moves.push_back(makeKeepExtremum());
        moves.push_back(makeRowPerBlock());
        moves.push_back(makeShareColumns());
        moves.push_back(makeKeepRow());
        moves.push_back(makeKeepColumn());
        moves.push_back(makeFusePasses());
        moves.push_back(makeSelectPerWarp());
        moves.push_back(makeExchangeSort());
        moves.push_back(makeBisect());
        moves.push_back(makeSplitSum());
        moves.push_back(makeSplitContraction());
        moves.push_back(makeWindow());
        moves.push_back(makeMarchPlanes());
        moves.push_back(makeStageWindow());
        moves.push_back(makeShareWindows());
        moves.push_back(makeShareSums());
        moves.push_back(makePatchGrid());
        moves.push_back(makeScanSinglePass());
        moves.push_back(makeScanRow());
        moves.push_back(makeTileTranspose());
        moves.push_back(makeStageStores());
        moves.push_back(makeTileLoop());
        moves.push_back(makeTileContraction());
        moves.push_back(makePipelineContraction());
        moves.push_back(makeTensorContraction());
        moves.push_back(makeTensorSplit());
        moves.push_back(makeTensorDouble());
        moves.push_back(makeAttentionTiles());
        moves.push_back(makeAttentionTensor());
        moves.push_back(makeAttentionWgmma());
        moves.push_back(makeFlashDecoding());
        moves.push_back(makePairTiles());
        moves.push_back(makeWgmmaContraction());
        moves.push_back(makeLiftZeroPoints());
        moves.push_back(makeWriteFactors());
        moves.push_back(makeWriteImage());
        moves.push_back(makeAccumulateLocal());
        moves.push_back(makePrivatizeHistogram());
        moves.push_back(makeSliceHistogram());
        moves.push_back(makeGatherBatch());
        moves.push_back(makeVectorize());
        moves.push_back(makeCoarsen());
        moves.push_back(makePadShared());
        moves.push_back(makeKnownDivisors());
        moves.push_back(makeSpecialiseSize());
        moves.push_back(makeUnroll());
        moves.push_back(makeRestrictConst());
        moves.push_back(makePlainForm());
        moves.push_back(makeShuffleTree());
        moves.push_back(makeSingleLiterals());
        moves.push_back(makeFastMath());
        moves.push_back(makeWholeWaves());
        moves.push_back(makeLaunchBounds());
        moves.push_back(makeCompilerFlags());
        return moves;
    }();
    return catalogue;
}

}  // namespace warploom
