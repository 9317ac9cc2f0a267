using LakebaseOps.Benchmarks.Loading.Contenders;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Contenders that fill the same table with the same rows.</summary>
/// <param name="Name">E.g. "csv narrow".</param>
/// <param name="Table">The table.</param>
/// <param name="Ddl">Its columns.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Contenders">Who fills it.</param>
internal sealed record Contest(string Name, string Table, string Ddl, long Rows, IReadOnlyList<Contender> Contenders)
{
    /// <summary>Bytes of input for each row, where there is a file.</summary>
    public double? InputBytes { get; init; }

    /// <summary>Lets the contenders run in turns: a warm-up and then so many counted rounds.</summary>
    public async Task<IReadOnlyList<RunFigures>> RunAsync(
        BenchServer server, int rounds, Action<RunFigures> done, CancellationToken cancellationToken)
    {
        List<RunFigures> runs = [];
        EqualityGate gate = new(Name, Rows);
        // Seeded, and each order once forwards and once backwards: who runs after whom evens out.
        Random random = new(20_261_122);
        Contender[] order = [.. Contenders];
        for (int round = 0; round <= rounds; round++)
        {
            if (round % 2 == 0)
                random.Shuffle(order);
            else
                Array.Reverse(order);
            for (int place = 0; place < order.Length; place++)
            {
                if (order[place].FewRounds is int few && (round == 0 || round > few))
                    continue;
                RunFigures figures = await RunAsync(server, order[place], round, place, gate, cancellationToken);
                runs.Add(figures);
                done(figures);
            }
        }

        return runs;
    }

    private async Task<RunFigures> RunAsync(
        BenchServer server, Contender contender, int round, int place, EqualityGate gate, CancellationToken cancellationToken)
    {
        // The ledger goes as well, so that every load of ours is a first one.
        await server.ExecuteAsync(
            $"""
            SET client_min_messages = warning;
            DROP TABLE IF EXISTS {Table}; DROP SCHEMA IF EXISTS lakebase_ops CASCADE;
            CREATE TABLE {Table} ({Ddl}{contender.KeyClause})
            """, cancellationToken);
        await contender.PrepareAsync(cancellationToken);
        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
        Meter meter = new(server, contender.IsOwn);
        meter.Start();
        RunNote? note = await contender.RunAsync(meter, cancellationToken);
        meter.Stop();

        TableProof proof = await server.ProveAsync(contender.OwnTable ?? Table, cancellationToken);
        if (contender.OwnTable is null)
            gate.Require(contender.Name, proof);
        else
            gate.RequireCount(contender.Name, proof);
        return meter.Figures(Name, contender.Name, round, place, proof.Rows) with
        {
            LoadPhaseSeconds = note?.LoadPhaseSeconds,
            Encoding = note?.Encoding,
            Hash = proof.Hash,
        };
    }
}
