using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>What has to be done so that a table has a wanted index.</summary>
internal enum IndexNeed
{
    /// <summary>It is there and valid.</summary>
    Nothing,

    /// <summary>It is missing.</summary>
    Build,

    /// <summary>An invalid one has to go first.</summary>
    Replace,

    /// <summary>An invalid one backs a constraint and is rebuilt in place.</summary>
    Reindex,

    /// <summary>The unique index is there, its constraint is not.</summary>
    Attach,
}

/// <summary>The judgement on one wanted index.</summary>
/// <param name="Need">What has to be done.</param>
/// <param name="Table">Object id of the table.</param>
/// <param name="Shape">The wanted index as the server writes it.</param>
/// <param name="Index">The index found, or null.</param>
internal sealed record IndexJudgement(IndexNeed Need, uint Table, IndexShape Shape, ExistingIndex? Index);

/// <summary>Compares a wanted index with those a table has; reads only.</summary>
internal sealed class IndexJudge(
    NpgsqlConnection connection, TableName table, IndexDefinition wanted, string name, IndexBuildSettings settings)
{
    /// <summary>Judges; throws where nothing may be done.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound, IndexConflict, ResourceBusy, InvalidArgument.</exception>
    public async Task<IndexJudgement> JudgeAsync(CancellationToken cancellationToken)
    {
        uint oid = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
        IndexShape shape = await IndexShape.ReadAsync(connection, table, wanted, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ExistingIndex> existing =
            await ExistingIndex.ListAsync(connection, oid, cancellationToken).ConfigureAwait(false);
        ExistingIndex? named = existing.FirstOrDefault(index => index.Name == name);
        IndexNeed need;
        if (named is null)
        {
            named = existing.FirstOrDefault(index => index.IsValid && shape.Matches(index) && IsAttached(index)
                && (settings.AcceptOtherName || wanted.IsPrimary));
            need = named is null ? IndexNeed.Build : IndexNeed.Nothing;
            if (named is null && wanted.IsPrimary && existing.FirstOrDefault(index => index.IsPrimary) is ExistingIndex other)
                throw Conflict($"{table} has another primary key: {TableName.Quote(other.Name)} {other.Clause}.");
        }
        else if (named.IsValid)
        {
            if (!shape.Matches(named))
                throw Conflict($"{table} has an index {TableName.Quote(name)} of another shape: {named.Clause}.");
            need = IsAttached(named) ? IndexNeed.Nothing : IndexNeed.Attach;
        }
        else
        {
            need = await JudgeInvalidAsync(oid, named, cancellationToken).ConfigureAwait(false);
        }

        if (need is IndexNeed.Build or IndexNeed.Replace && wanted.Constraint is not null && !shape.IsUnique)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                $"The index of the exclusion constraint '{wanted.Constraint}' cannot be built apart from its constraint.")
            { Target = table.ToString(), Remedy = "Add the constraint with ALTER TABLE." }.ToException();
        }

        return new IndexJudgement(need, oid, shape, named);
    }

    /// <summary>True when an index backs the constraint that is wanted of it, or none is wanted.</summary>
    public bool IsAttached(ExistingIndex index) => wanted.IsPrimary
        ? index.IsPrimary
        : !IndexStatement.IsConstraint(wanted) || index.Constraint is not null;

    private async Task<IndexNeed> JudgeInvalidAsync(uint oid, ExistingIndex index, CancellationToken cancellationToken)
    {
        if (index.IsBeingBuilt)
        {
            throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy,
                $"The index {TableName.Quote(name)} on {table} is being built by somebody else.")
            { Target = table.ToString(), Remedy = "Wait until it is done, then run it again." }.ToException();
        }

        // An index that backs a constraint cannot be dropped without it; rebuilding it in place takes nothing away.
        if (index.Constraint is not null)
            return IndexNeed.Reindex;
        if (!settings.Force && !await IndexLedger.IsOursAsync(connection, oid, index, cancellationToken).ConfigureAwait(false))
            throw Conflict($"{table} has an invalid index {TableName.Quote(name)} that no record shows to be ours.");
        return IndexNeed.Replace;
    }

    private LakebaseException Conflict(string message) =>
        new LakebaseError(ErrorIds.IndexConflict, LakebaseErrorKind.Exists, message)
        {
            Target = table.ToString(),
            Remedy = "Give the wanted index another name, or remove the existing one; -Force rebuilds an invalid one.",
        }.ToException();
}
