using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Install-LakebaseRpcFunction.</summary>
[Command("Install-LakebaseRpcFunction", Writes = true)]
public sealed class InstallRpcFunctionOperation(LakebaseSession session, InstallRpcFunctionOptions options) : Operation
{
    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            List<string> names = [];
            List<string> steps = [];
            List<int> tables = [];
            foreach ((_, RpcFunction function) in await FunctionsAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                InstalledRpc? installed = await function.FindAsync(connection, cancellationToken).ConfigureAwait(false);
                names.Add((installed?.Function ?? new TableName(options.Schema, function.Name)).ToString());
                steps.AddRange(Statements(function, installed));
                tables.Add(function.Request.Tables.Count);
            }

            return new OperationPlan(string.Join(", ", names),
                $"{(options.Remove ? "Remove" : "Install")} {(names.Count == 1 ? "the function" : "the functions")} for reading {string.Join(" and ", tables)} tables in one call")
            {
                Steps = steps,
            };
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach ((FeaturePlan plan, RpcFunction function) in
                await FunctionsAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                await sink.EmitAsync(
                    await InstallAsync(connection, plan, function, cancellationToken).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Those of each kind of request, and those of all tables: single reads need them.
    private async Task<IReadOnlyList<(FeaturePlan Plan, RpcFunction Function)>> FunctionsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        FeaturePlan plan = await FeaturePlan.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false);
        return [.. RpcFunction.All(plan, plan.Requests.Prepend(plan.Whole)).Select(function => (plan, function))];
    }

    private async Task<RpcFunctionResult> InstallAsync(
        NpgsqlConnection connection, FeaturePlan plan, RpcFunction function, CancellationToken cancellationToken)
    {
        InstalledRpc? before = await function.FindAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, Statements(function, before), cancellationToken).ConfigureAwait(false);
        InstalledRpc? after = await function.FindAsync(connection, cancellationToken).ConfigureAwait(false);
        if (options.Remove ? after is not null : after?.Shape != function.Shape)
        {
            throw new LakebaseError(ErrorIds.StatementFailed, LakebaseErrorKind.Verification,
                $"The function {after?.Function.ToString() ?? function.Name} is not as it should be after the command.")
            { Target = function.Name, Remedy = "Somebody else changed it meanwhile: run the command again." }.ToException();
        }

        return new RpcFunctionResult
        {
            Function = after?.Function.ToString() ?? "",
            Action = Action(before, after),
            Shape = function.Shape,
            Table = [.. function.Request.Tables.Select(table => table.Name.ToString())],
            Entity = [.. function.Request.Entities.Select(entity => plan.Entities[entity].Name)],
            Columns = function.Columns,
            Session = session.Name,
        };
    }

    private static string Action(InstalledRpc? before, InstalledRpc? after) => (before, after) switch
    {
        (null, null) => "Absent",
        (not null, null) => "Removed",
        (null, not null) => "Installed",
        _ => before == after ? "Unchanged" : "Replaced",
    };

    private List<string> Statements(RpcFunction function, InstalledRpc? installed)
    {
        bool keep = installed is not null && installed.Shape == function.Shape
            && installed.Function.Schema == options.Schema;
        List<string> statements = [];
        if (installed is not null && (options.Remove || !keep))
            statements.Add(installed.DropSql);
        if (!options.Remove && !keep)
            statements.AddRange([$"CREATE SCHEMA IF NOT EXISTS {TableName.Quote(options.Schema)}",
                .. function.CreateSql(options.Schema)]);
        return statements;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, List<string> statements,
        CancellationToken cancellationToken)
    {
        // One transaction: whoever calls the function sees the old one or the new one.
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (string statement in statements)
            {
                NpgsqlCommand command = new(statement, connection, transaction);
                await using (command.ConfigureAwait(false))
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
