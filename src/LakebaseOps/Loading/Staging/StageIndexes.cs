using LakebaseOps.Indexing;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Builds everything on the stage that is cheaper once all rows are in. Leaves alone what an earlier call has built.</summary>
internal sealed class StageIndexes(LoadPlan plan, LoadLedger ledger, LoadConnections connections, IOperationSink sink)
{
    /// <summary>Builds the indexes one by one, then adds constraints and foreign keys.</summary>
    public async Task BuildAsync(CancellationToken cancellationToken)
    {
        IndexBuildSettings settings = new() { Planned = true, ParentActivity = $"Loading {plan.Table}" };
        foreach (StageIndex index in plan.Indexes)
        {
            await LoadIndex.BuildAsync(connections, plan.Stage, index.Definition, index.StageName, settings, sink, cancellationToken)
                .ConfigureAwait(false);
        }

        foreach (StageConstraint constraint in plan.Constraints)
            await AddAsync(constraint.StageName, constraint.Definition.Definition, cancellationToken).ConfigureAwait(false);
        foreach (ConstraintDefinition key in plan.Shape.Constraints.Where(constraint => constraint.Kind == "foreign key"))
            await AddAsync(key.Name, Redirect(key.Definition, plan.Table, plan.Stage), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A foreign key's definition with one table that it may refer to in the place of another.</summary>
    public static string Redirect(string definition, TableName from, TableName to)
    {
        DdlReader reader = new(new DdlSource(definition, "foreign key"), "public");
        if (!reader.Accept("foreign", "key"))
            return definition;
        reader.Names("a column name");
        reader.Expect("references");
        int start = reader.Current.Start;
        return reader.TableName() == from ? $"{definition[..start]}{to.ToSql()} {definition[reader.Current.Start..]}" : definition;
    }

    private Task<int> AddAsync(string name, string definition, CancellationToken cancellationToken) => ledger.RunAsync(
        async (connection, token) =>
        {
            using NpgsqlCommand find = new("SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2)", connection)
            {
                Parameters = { new() { Value = plan.Stage.ToSql() }, new() { Value = name } },
            };
            if ((bool)(await find.ExecuteScalarAsync(token).ConfigureAwait(false))!)
                return 0;
            using NpgsqlCommand add = new($"ALTER TABLE {plan.Stage.ToSql()} ADD CONSTRAINT {TableName.Quote(name)} {definition}", connection);
            return await add.ExecuteNonQueryAsync(token).ConfigureAwait(false);
        },
        cancellationToken);
}
