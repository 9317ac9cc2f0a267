namespace LakebaseOps;

/// <summary>What -Sandbox accepts: a sandbox, its name, or its folder.</summary>
public sealed class SandboxReference
{
    /// <summary>A sandbox.</summary>
    public SandboxReference(LakebaseSandbox sandbox) =>
        Text = (sandbox ?? throw new ArgumentNullException(nameof(sandbox))).Path;

    /// <summary>The name of a sandbox in the usual place, or the folder of any.</summary>
    public SandboxReference(string nameOrFolder) =>
        Text = nameOrFolder ?? throw new ArgumentNullException(nameof(nameOrFolder));

    /// <summary>The name, or the folder when it holds a path separator.</summary>
    public string Text { get; }

    /// <inheritdoc />
    public override string ToString() => Text;
}
