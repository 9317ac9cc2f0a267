namespace LakebaseOps.Serving;

/// <summary>How a mode reads a kind of request: its statements in batches, each of which is one round trip.</summary>
/// <param name="Batches">The batches, one after the other unless IsConcurrent.</param>
internal sealed record FeatureScript(IReadOnlyList<IReadOnlyList<FeatureStatement>> Batches)
{
    /// <summary>True when the batches travel at the same time, each on a connection of its own.</summary>
    public bool IsConcurrent { get; private init; }

    /// <summary>True when each statement ends with a Sync of its own, so that one that fails does not stop the others.</summary>
    public bool HasBarriers { get; private init; }

    /// <summary>True when the statements are within a transaction, for one snapshot.</summary>
    public bool IsTransaction { get; private init; }

    /// <summary>Connections it needs.</summary>
    public int Connections => IsConcurrent ? Batches.Count : 1;

    /// <summary>Network round trips that it should take: batches that travel at the same time are one.</summary>
    public int RoundTrips => IsConcurrent ? 1 : Batches.Count;

    /// <summary>The script of a mode.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="request">What to read.</param>
    /// <param name="options">Snapshot and concurrency.</param>
    /// <param name="sources">What the server must have for modes Rpc and Wide.</param>
    /// <exception cref="LakebaseException">InvalidArgument: mode Parallel cannot be consistent.</exception>
    public static FeatureScript For(
        FeatureMode mode, FeatureRequest request, FeatureReadOptions options, FeatureSources sources)
    {
        FeatureScript script = mode switch
        {
            FeatureMode.Serial => new(
                [.. Singles(request).Select(statement => (IReadOnlyList<FeatureStatement>)[statement])]),
            FeatureMode.Batch => new([[.. Singles(request)]]),
            FeatureMode.BatchBarrier => new([[.. Singles(request)]]) { HasBarriers = true },
            FeatureMode.Union => new([[FeatureStatement.Union(request)]]),
            FeatureMode.BinPacked => new([[.. FeatureStatement.Unions(request)]]),
            FeatureMode.Rpc => new([[.. request.Groups().Select(group =>
                FeatureStatement.Call(group, sources.Functions[RpcFunction.NameOf(group)]))]]),
            FeatureMode.Wide => new([[.. request.Entities.Select(entity =>
                FeatureStatement.Wide(sources.WideTables[entity], request))]]),
            FeatureMode.Parallel => new(Parts(request, options.ThrottleLimit)) { IsConcurrent = true },
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
        };
        return options.Consistent ? script.Consistent(mode) : script;
    }

    private static IEnumerable<FeatureStatement> Singles(FeatureRequest request) =>
        request.Tables.Select(FeatureStatement.Single);

    // Parts of as equal a number of tables as can be, tables of one entity side by side.
    private static List<IReadOnlyList<FeatureStatement>> Parts(FeatureRequest request, int? limit)
    {
        FeatureStatement[] all = [.. request.Tables.OrderBy(table => table.Entity).Select(FeatureStatement.Single)];
        int parts = Math.Min(limit ?? Math.Max(2, request.Entities.Length), all.Length);
        return [.. Enumerable.Range(0, parts).Select(part =>
            (IReadOnlyList<FeatureStatement>)all[(all.Length * part / parts)..(all.Length * (part + 1) / parts)])];
    }

    private FeatureScript Consistent(FeatureMode mode)
    {
        if (IsConcurrent && Batches.Count > 1)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                $"Mode {mode} reads on several connections, and each has a snapshot of its own.")
            { Target = "Consistent", Remedy = "Ask for -Consistent with another mode: Batch, Union, Rpc." }.ToException();
        }

        // A single statement is one snapshot by itself.
        if (Batches is [[_]])
            return this;
        List<List<FeatureStatement>> batches = [.. Batches.Select(batch => batch.ToList())];
        batches[0].Insert(0, FeatureStatement.Begin);
        batches[^1].Add(FeatureStatement.Commit);
        return this with { Batches = batches, IsTransaction = true };
    }
}

/// <summary>What modes Rpc and Wide need on the server.</summary>
/// <param name="Functions">Functions by their name, as SQL.</param>
/// <param name="WideTables">The wide table of each entity.</param>
internal sealed record FeatureSources(
    IReadOnlyDictionary<string, string> Functions, IReadOnlyList<WideTable> WideTables)
{
    /// <summary>Nothing.</summary>
    public static FeatureSources None { get; } = new(new Dictionary<string, string>(), []);
}
