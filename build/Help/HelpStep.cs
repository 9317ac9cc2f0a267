using System.Xml.Linq;

namespace LakebaseOps.Build.Help;

/// <summary>
/// The part of target "module" that makes help: pages of module/help/en-US become module/bin/en-US, which is where
/// Get-Help looks for a cmdlet of an assembly in module/bin.
/// </summary>
internal static class HelpStep
{
    /// <summary>Writes the help files.</summary>
    public static void Run()
    {
        string source = Repository.At("module", "help", "en-US");
        string target = Path.Combine(Repository.ModuleBin, "en-US");
        Directory.CreateDirectory(target);

        using CmdletReader reader = new(Repository.ModuleBin);
        List<(CmdletShape Cmdlet, HelpPage Page)> pages = [];
        foreach (CmdletShape cmdlet in reader.Read())
        {
            string path = Path.Combine(source, cmdlet.Name + ".md");
            if (File.Exists(path))
                pages.Add((cmdlet, HelpPage.Read(path)));
            else
                Console.WriteLine($"{cmdlet.Name} has no help page: write module/help/en-US/{cmdlet.Name}.md.");
        }

        XDocument document = MamlDocument.Of(pages);
        document.Save(Path.Combine(target, "LakebaseOps.PowerShell.dll-Help.xml"));
        foreach (string path in Directory.EnumerateFiles(source, "about_*.md").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            File.WriteAllText(Path.Combine(target, name + ".help.txt"), AboutTopic.Render(name, ErrorIdList.Insert(File.ReadAllText(path))));
        }
    }
}
