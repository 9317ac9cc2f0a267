namespace LakebaseOps.Build;

/// <summary>Where things lie in this repository.</summary>
internal static class Repository
{
    /// <summary>The folder of LakebaseOps.psd1.</summary>
    public static string Root { get; } = Find();

    /// <summary>What the module loads its assemblies from.</summary>
    public static string ModuleBin => At("module", "bin");

    /// <summary>A path below the root.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LakebaseOps.psd1")))
                return folder.FullName;
        }

        throw new InvalidOperationException("LakebaseOps.psd1 was not found in any folder above the build program.");
    }
}
