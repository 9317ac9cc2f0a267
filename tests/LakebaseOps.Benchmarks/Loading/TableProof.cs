namespace LakebaseOps.Benchmarks.Loading;

/// <summary>What a table holds, in a form that does not depend on the order of its rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Hash">Sum of hash_record_extended over them.</param>
internal sealed record TableProof(long Rows, string Hash);

/// <summary>Lets a contest go on only as long as every table holds the same rows.</summary>
/// <param name="contest">Named in the message.</param>
/// <param name="rows">Rows there must be.</param>
internal sealed class EqualityGate(string contest, long rows)
{
    private TableProof? _first;
    private string? _name;

    /// <summary>Compares one contender's table with the first one's.</summary>
    /// <exception cref="BenchmarkException">Another number of rows, or other rows.</exception>
    public void Require(string contender, TableProof proof)
    {
        RequireCount(contender, proof);
        _first ??= proof;
        _name ??= contender;
        if (proof.Hash != _first.Hash)
        {
            throw new BenchmarkException(
                $"{contest}: the rows of '{contender}' differ from those of '{_name}' (hash {proof.Hash} and {_first.Hash}).");
        }
    }

    /// <summary>Compares the number of rows alone: for a program whose rows are its own.</summary>
    /// <exception cref="BenchmarkException">Another number of rows.</exception>
    public void RequireCount(string contender, TableProof proof)
    {
        if (proof.Rows != rows)
            throw new BenchmarkException($"{contest}: '{contender}' left {proof.Rows} rows in its table instead of {rows}.");
    }
}
