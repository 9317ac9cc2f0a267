using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>Sends feature requests to the backends of their cells. Made once, so that requests allocate little.</summary>
internal sealed class FeatureClient(
    FeaturePlan plan, IReadOnlyList<KeySpace> spaces, FeatureReaders readers, ResponseAudit audit)
    : RequestClient(LoopTime.Real)
{
    /// <summary>One in so many responses may be noted for the audit.</summary>
    private const int AuditStride = 16;

    private readonly FeatureResponse _response = new(plan);
    private readonly long[] _ids = new long[plan.Entities.Count];
    private readonly object[] _keys = new object[plan.Entities.Count];
    private int _kind;

    /// <inheritdoc />
    public override void Prepare(LatencyCell cell, long number) => _kind = cell.Requests.Fill(number, _ids, _keys);

    /// <inheritdoc />
    public override ValueTask SendAsync(LatencyCell cell, CancellationToken cancellationToken) =>
        readers.Of(cell.Backend).ReadAsync(cell.Mode, _kind, _keys, _response, Clock, cancellationToken);

    /// <inheritdoc />
    public override RequestOutcome Check(LatencyCell cell, long number)
    {
        FeatureRequest request = plan.Requests[_kind];
        LakebaseError? fault = FeatureCheck.Fault(plan, _keys, _response);
        int rows = 0;
        bool isSuspect = false;
        for (int index = 0; index < request.Tables.Count; index++)
        {
            FeatureTable table = request.Tables[index];
            int found = _response.Rows(table.Index);
            rows += found;
            isSuspect |= spaces[table.Entity].IsIn(table.Index, _ids[table.Entity]) is bool expected && expected != found > 0;
        }

        if (isSuspect || (audit.WantsMore && number % AuditStride == 0))
            audit.Note(number, _response, isSuspect);
        return new RequestOutcome(request.Tables.Count, fault is null ? rows : 0, fault);
    }
}
